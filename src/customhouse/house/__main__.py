"""`python -m customhouse.house` is the `customhouse` command."""

from customhouse.house.cli import main

main()
