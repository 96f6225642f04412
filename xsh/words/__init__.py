"""Text in, argv or shell text out; pure: nothing here starts, reads or waits for anything."""
