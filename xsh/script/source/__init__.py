"""From a source text to the tree of the real program."""
