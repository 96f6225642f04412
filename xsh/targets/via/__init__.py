"""Programs started through another program: a container's `exec`, sudo, a namespace."""
