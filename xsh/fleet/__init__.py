"""One command on many hosts: which hosts, how many at once, when to stop, and what came of it."""
