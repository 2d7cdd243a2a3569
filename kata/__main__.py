"""`python -m kata` is the command `kata`."""

from kata.cli import main

main()
