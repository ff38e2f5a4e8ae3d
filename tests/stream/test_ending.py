"""A worker that is dead ends its process, whatever hangs in it."""

import subprocess
import sys
import threading

from workers.stream.ending import ENDED_BY_FORCE, Ending

HANGING = """
import threading
from workers.stream.ending import Ending
Ending(lambda: "the worker ended: RuntimeError: broken", ending_seconds=0.0).start()
threading.Event().wait()
"""


def test_what_is_dead_and_does_not_end_is_ended_with_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HANGING], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == ENDED_BY_FORCE
    assert done.stderr == "tallystick: the worker ended: RuntimeError: broken\n"
    assert done.stdout == ""


def test_what_lives_is_left_alone_until_it_is_over() -> None:
    ended: list[str] = []
    looked = threading.Semaphore(0)

    def alive() -> None:
        looked.release()

    ending = Ending(alive, ending_seconds=0.0, end=ended.append)
    ending.start()
    assert looked.acquire(timeout=60)
    ending.over()
    ending.join(60)
    assert not ending.is_alive()
    assert ended == []


def test_what_dies_and_ends_by_itself_is_not_ended_by_force() -> None:
    ended: list[str] = []
    asked = threading.Event()

    def dead() -> str:
        asked.set()
        return "dead"

    ending = Ending(dead, ending_seconds=120.0, end=ended.append)
    ending.start()
    assert asked.wait(60)
    ending.over()
    ending.join(60)
    assert not ending.is_alive()
    assert ended == []
