"""Reading one text with prompt-toolkit: its keys and its screen."""
