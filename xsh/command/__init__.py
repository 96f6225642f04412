"""What to run: frozen commands, transforms and pipelines; nothing starts here."""
