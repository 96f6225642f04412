"""What drives jobs: asyncio's loop, or a poll(2) loop of our own."""
