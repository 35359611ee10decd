"""Who is on call: the rota of `monitor.oncall` with the rows and calendars that it rests on, and its commands."""
