"""The MCP server: what assistants may read, and the one thing that they may write."""
