"""`python -m workers.cli` is the command `tallystick`."""

from workers.cli import main

main()
