"""Opens the log, appends one value and closes it, as often as told; who closes last removes the -wal file."""

import sys
from pathlib import Path

from workers.log.sqlite import SqliteEngine

for number in range(int(sys.argv[2])):
    engine = SqliteEngine(Path(sys.argv[1]), busy_timeout_ms=20_000)
    engine.append({"inbox.custody-0": [b"%d" % number]})
    engine.close()
