"""Loads the program once, then forks for each command: what a process does in it begins at `main`.

A line of JSON comes in for each command, its exit code goes out when it has ended.
"""

import json
import os
import signal
import sys
import traceback
from typing import Any

import typer.rich_utils  # noqa: F401 - loaded once

from workers.cli import main


def become(order: dict[str, Any]) -> int:
    """Be the command: its arguments, folder, variables and files are those of the order."""
    signal.alarm(order["seconds_max"])
    os.chdir(order["folder"])
    os.environ.update(order["variables"])
    sys.argv = order["arguments"]
    how = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    os.dup2(os.open(order["stdin"], os.O_RDONLY), 0)
    os.dup2(os.open(order["stdout"], how, 0o644), 1)
    os.dup2(os.open(order["stderr"], how, 0o644), 2)
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:  # noqa: BLE001 - as the interpreter would
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code


for line in sys.stdin:
    child = os.fork()
    if child == 0:
        os._exit(become(json.loads(line)))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
