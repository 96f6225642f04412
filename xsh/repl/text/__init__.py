"""The text of a command line in pieces."""
