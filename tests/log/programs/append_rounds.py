"""Appends rounds of numbered values to two streams, each round one call, and prints every acknowledged one.

Arguments: the log's path, a name, rounds, values in a batch. Begins when a line comes in.
"""

import sys
from pathlib import Path

from workers.log.sqlite import SqliteEngine

path, name, rounds, size = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
engine = SqliteEngine(path, busy_timeout_ms=20_000)
print("ready", flush=True)
sys.stdin.readline()
for number in range(rounds):
    values = [b"%s:%d:%d" % (name.encode(), number, index) for index in range(size)]
    engine.append({"inbox.custody-0": values, "inbox.custody-1": values[:1]})
    print(number, flush=True)
engine.close()
