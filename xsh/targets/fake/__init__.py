"""A place where nothing runs: programs answer as a test has scripted them."""
