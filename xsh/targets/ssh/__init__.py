"""Programs on other machines, over SSH: asyncssh is the transport, what is promised is ours."""
