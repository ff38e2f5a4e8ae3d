"""Appends until there is no space, makes space and appends again; prints what was acknowledged.

Arguments: the log's path, then `limit` (the kernel limits the size of this process's files) or `disk` (a file
beside the log is removed to make space).
"""

import json
import resource
import sys
from pathlib import Path

from workers.log.engine import AppendFailed
from workers.log.sqlite import SqliteEngine

path, how = Path(sys.argv[1]), sys.argv[2]
ballast = path.with_name("ballast")
if how == "limit":
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, unlimited[1]))
else:
    ballast.write_bytes(bytes(500_000))

engine = SqliteEngine(path)
acknowledged = 0
refusals: list[str] = []
while not refusals and acknowledged < 10_000:
    try:
        engine.append({"ledger-0": [b"%d:" % (acknowledged + place) + bytes(700) for place in range(10)]})
        acknowledged += 10
    except AppendFailed as error:
        refusals.append(str(error))

seen_while_full = engine.end("ledger-0")
if how == "limit":
    resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
else:
    ballast.unlink()
engine.append({"ledger-0": [b"%d:" % acknowledged]})
engine.check()
numbers = [int(entry.value.split(b":")[0]) for entry in engine.read("ledger-0", 0, 20_000)]
engine.close()
print(
    json.dumps(
        {
            "acknowledged": acknowledged,
            "refusals": refusals,
            "seen_while_full": seen_while_full,
            "numbers_in_order": numbers == list(range(acknowledged + 1)),
        }
    )
)
