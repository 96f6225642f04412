"""Many at once: everything that runs several jobs and leaves nothing behind."""
