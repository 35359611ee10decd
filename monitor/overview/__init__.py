"""What screens, the JSON API, assistants and reports show, read from the store as data: no HTTP, no HTML."""
