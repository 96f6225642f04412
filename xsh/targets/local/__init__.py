"""Programs on this machine."""
