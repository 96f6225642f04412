"""Who has the terminal, and what its keys and signals do."""
