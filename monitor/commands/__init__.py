"""What the commands of the shell do; the shell around them is in `cli`."""
