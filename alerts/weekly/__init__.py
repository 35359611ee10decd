"""Pure: the weekly digest for leadership.

`render.digest` makes a message of `figures.DigestData`, which the core has gathered; nothing here asks for the time or
reads the store. `normal` says what is usual, `sentences` and `advice` put figures into words, `pictures` draws.
"""
