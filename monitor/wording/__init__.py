"""Pure: texts, moments and names, as people write and read them."""
