"""The prompt: reading, deciding, running and remembering lines at a terminal."""
