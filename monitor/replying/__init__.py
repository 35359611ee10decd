"""Replies to customers: from the draft through lint and approval to the platform, and the promise that they make."""
