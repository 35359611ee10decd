"""Alerts: whether a story pages, whom and how, what is told later, and what people do with them."""
