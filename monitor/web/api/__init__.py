"""The JSON API and the MCP server: what programs and assistants may see and do, by tokens."""
