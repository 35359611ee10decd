"""Its place puts the folder above on the import path, so that tests find what they share as `tests.something`."""

from hypothesis import settings

# Machines are shared and noisy: how long an example takes says nothing.
settings.register_profile("snapwatch", deadline=None)
settings.load_profile("snapwatch")
