"""A file of source: found, masked, parsed, compiled and run."""
