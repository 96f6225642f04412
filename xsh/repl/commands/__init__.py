"""The commands that belong to the shell itself."""
