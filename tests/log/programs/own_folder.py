"""Owns a folder until a line comes in or the process is killed."""

import sys
from pathlib import Path

from workers.log.ownership import Ownership

with Ownership(Path(sys.argv[1])):
    print("owning", flush=True)
    sys.stdin.readline()
