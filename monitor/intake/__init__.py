"""How posts come in: polled lane by lane, read again, listened to, looked up."""
