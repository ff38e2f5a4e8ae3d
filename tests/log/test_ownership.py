"""One running process owns a folder; the next is told who."""

import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from workers.log.engine import LogBusy, LogUnusable
from workers.log.ownership import Ownership

Start = Callable[..., subprocess.Popen[str]]


def owning(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "owning\n"


def test_a_second_owner_is_told_who_the_first_is(tmp_path: Path, start: Start) -> None:
    first = start("own_folder.py", tmp_path)
    owning(first)
    with pytest.raises(LogBusy, match=rf"process {first.pid} on {socket.gethostname()} since 20\d\d-.*Z"):
        Ownership(tmp_path)


def test_a_released_folder_can_be_owned_again(tmp_path: Path, start: Start) -> None:
    with Ownership(tmp_path) as mine, pytest.raises(LogBusy, match=f"process {os.getpid()} "):
        Ownership(tmp_path)
    mine.release()
    owning(start("own_folder.py", tmp_path))


def test_what_a_killed_owner_left_is_no_obstacle(tmp_path: Path, start: Start) -> None:
    first = start("own_folder.py", tmp_path)
    owning(first)
    first.kill()
    first.wait(timeout=30)
    assert (tmp_path / "owner.lock").read_text()
    with Ownership(tmp_path), pytest.raises(LogBusy, match=f"process {os.getpid()} "):
        Ownership(tmp_path)


def test_a_longer_text_of_an_earlier_owner_is_replaced_whole(tmp_path: Path) -> None:
    (tmp_path / "owner.lock").write_text("x" * 1000)
    with Ownership(tmp_path), pytest.raises(LogBusy, match=f"process {os.getpid()} "):
        Ownership(tmp_path)


def test_a_program_started_by_the_owner_does_not_keep_the_folder(tmp_path: Path, start: Start) -> None:
    owner = Ownership(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    owning(start("own_folder.py", other))
    owner.release()
    Ownership(tmp_path).release()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', "\udcff"])
def test_an_owner_that_has_not_signed_yet_is_another_process(tmp_path: Path, content: str) -> None:
    with Ownership(tmp_path):
        (tmp_path / "owner.lock").write_bytes(content.encode(errors="surrogateescape"))
        with pytest.raises(LogBusy, match="in use by another process;"):
            Ownership(tmp_path)


def test_a_folder_that_is_not_there_cannot_be_owned(tmp_path: Path) -> None:
    with pytest.raises(LogUnusable, match="No such file"):
        Ownership(tmp_path / "nowhere")
