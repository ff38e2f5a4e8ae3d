"""The command `tallystick` as a user who owns nothing here, since root may do whatever the rights say."""

import os

import typer.rich_utils  # noqa: F401 - loaded while it may be read

from workers.cli import main

if os.getuid() == 0:
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
main()
