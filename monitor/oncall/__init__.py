"""Pure: who is on call, who is paged at which step of an escalation, by which channels, and when."""
