"""`python -m xsh`."""

from xsh.cli import main

if __name__ == "__main__":
    main()
