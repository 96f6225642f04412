"""Where it happens: places that can start programs."""
