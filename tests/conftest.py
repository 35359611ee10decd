"""Its place puts the folder above on the import path, so that tests find what they share as `tests.something`."""
