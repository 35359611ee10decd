"""Who may enter the dashboard: passwords, OpenID Connect, a trusted proxy, tokens."""
