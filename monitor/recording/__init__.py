"""`snapwatch record`: keeps what a platform answered, without secrets, and plays it to the same source again."""
