"""Reading a million records without looking at what was read already, again and again."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collections() -> Iterator[None]:
    """Keep the cyclic collector from running: folding makes no cycles, and its state only grows.

    Worth a fifth of the time; memory is returned by reference counts as always.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
