"""Opens a log as a user who owns nothing here, and prints what came of it.

Arguments: the log's path, then `write` or `read`.
"""

import os
import sys
from pathlib import Path

from workers.log.engine import LogError
from workers.log.sqlite import SqliteEngine

if os.getuid() == 0:  # root may do everything whatever the rights say
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
try:
    engine = SqliteEngine(Path(sys.argv[1]), read_only=sys.argv[2] == "read")
    print([entry.value for entry in engine.read("ledger-0", 0, 10)])
except LogError as error:
    print(type(error).__name__, error)
