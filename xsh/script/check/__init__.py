"""What is said about a script without running it."""
