"""What a text shows while it is typed."""
