"""Appends to a log whose process the kernel refuses a system call, from the second append on.

Arguments: the log's path, the call (read, write or sync), the error's name. Prints the name of the error that
the engine raised. The refusal is a seccomp filter: as real as a failing disk, and gone with the process.
"""

import ctypes
import errno
import platform
import struct
import sys
from pathlib import Path

from workers.log.engine import LogError
from workers.log.sqlite import SqliteEngine

NUMBERS = {
    "x86_64": {"read": [17], "write": [18], "sync": [74, 75]},  # pread64, pwrite64, fsync and fdatasync
    "aarch64": {"read": [67], "write": [68], "sync": [82, 83]},
}
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000


def refuse(calls: list[int], error: int) -> None:
    """Let the kernel answer these calls of this process with this error, for ever."""
    program = [(LOAD, 0, 0, 0)]
    for place, call in enumerate(calls):
        program.append((EQUAL, len(calls) - place, 0, call))
    program += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, REFUSE | error)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    pointer = ctypes.create_string_buffer(struct.pack("HP", len(program), ctypes.addressof(code)))
    kernel = ctypes.CDLL(None, use_errno=True)
    for arguments in (
        (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, pointer, 0, 0),
    ):
        if kernel.prctl(*arguments) != 0:
            print("not allowed here", flush=True)
            sys.exit()


engine = SqliteEngine(Path(sys.argv[1]))
engine.append({"ledger-0": [b"first"]})
refuse(NUMBERS[platform.machine()][sys.argv[2]], getattr(errno, sys.argv[3]))
try:
    if sys.argv[2] == "read":
        engine.check()
    else:
        engine.append({"ledger-0": [b"second", b"third"]})
    print("success")
except LogError as failure:
    print(type(failure).__name__)
