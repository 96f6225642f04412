"""The prompt's own text."""
