"""What a text is: a command line, Python, or not finished."""
