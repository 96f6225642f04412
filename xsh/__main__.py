"""`python -m xsh`."""

from __future__ import annotations

from xsh.cli import main

if __name__ == "__main__":
    main()
