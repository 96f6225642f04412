"""Who looks on while things run: listeners of what a run tells."""
