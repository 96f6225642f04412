"""What the shell runs: lines, their table, their tasks."""
