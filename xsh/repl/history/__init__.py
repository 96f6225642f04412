"""What was entered: kept, found again, offered."""
