"""Watching the watcher: alarms, test pages, the heartbeat, and what systemd is told."""
