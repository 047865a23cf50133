"""`python -m howdeep` is `howdeep`."""

from howdeep.cli import main

main()
