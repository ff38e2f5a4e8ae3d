"""The command `tallystick` for which rights on files count: root without its privilege to ignore them."""

import ctypes
import os
import struct

from workers.cli import main

VERSION_3 = 0x20080522
DAC_OVERRIDE, DAC_READ_SEARCH = 1, 2


def give_up_privileges() -> None:
    """Take from this process, for ever, what lets root read and write whatever the rights say."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = struct.pack("Ii", VERSION_3, 0)
    sets = ctypes.create_string_buffer(24)  # effective, permitted and inheritable, twice 32 capabilities
    if libc.capget(header, sets) != 0:
        raise OSError(ctypes.get_errno(), "capget")
    kept = ~(1 << DAC_OVERRIDE | 1 << DAC_READ_SEARCH) & 0xFFFFFFFF
    effective, permitted, inheritable, *high = struct.unpack("6I", sets.raw)
    given = struct.pack("6I", effective & kept, permitted & kept, inheritable & kept, *high)
    if libc.capset(header, given) != 0:
        raise OSError(ctypes.get_errno(), "capset")


if os.getuid() == 0:
    give_up_privileges()
main()
