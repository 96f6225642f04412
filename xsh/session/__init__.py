"""What a shell remembers, and `$`, the object users hold."""
