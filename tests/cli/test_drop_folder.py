"""The drop folder of a worker that lives: whatever is laid in, it goes on."""

import json
import os
import shutil
import socket
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from command_line import Worker, working

WITHOUT_RIGHTS = Path(__file__).with_name("without_rights.py")
REQUEST = {
    "dialect": "tallystick.request",
    "v": 1,
    "type": "issuance",
    "client": "atlas",
    "client_request_id": "1",
    "instrument": "AAPLx",
    "shares": "10",
    "chain": "ethereum",
    "wallet": "0x1",
}


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    with working(tmp_path_factory.mktemp("drop") / "data") as alive:
        yield alive


@pytest.fixture(autouse=True)
def still_alive(worker: Worker) -> Iterator[None]:
    """Whatever a test lays in, what comes after it is decided."""
    yield
    after = lay(worker.data / "in" / "after.json", request("after"))
    worker.until("what comes after is decided", lambda: not after.exists())
    shutil.rmtree(worker.data / "in")
    (worker.data / "in").mkdir()


def request(number: str) -> bytes:
    return json.dumps(REQUEST | {"client_request_id": number}).encode()


def lay(path: Path, data: bytes) -> Path:
    """Lay a file in whole: under a name with a dot, then renamed."""
    path.parent.mkdir(exist_ok=True)
    draft = path.with_name(".draft")
    draft.write_bytes(data)
    draft.rename(path)
    return path


def laid_aside(worker: Worker, name: str, *, to: str = "done") -> Path:
    """Wait until a file is laid aside under this name, and return it."""
    path = worker.data / to / name
    worker.until(f"{to}/{name}", path.exists)
    return path


def answer(path: Path) -> dict[str, Any]:
    """Return the answer beside a file."""
    found: dict[str, Any] = json.loads(path.with_name(path.name + ".answer.json").read_text(encoding="utf-8"))
    return found


def left(worker: Worker, path: Path) -> str:
    """Wait until the worker says that it leaves a path where it is, and return why."""

    def said() -> list[str]:
        return [
            line["why"]
            for line in worker.logged()
            if line["event"] == "file_left" and line["file"] == str(path)
        ]

    worker.until(f"{path} is left", lambda: bool(said()))
    assert os.path.lexists(path)
    assert len(said()) == 1, "it is said once"
    return said()[0]


def events(path: Path) -> set[str]:
    """Return what the file's messages became."""
    return {event["type"] for message in answer(path)["messages"] for event in message["events"]}


def test_a_file_goes_to_done_with_the_record_that_decided_each_of_its_messages(worker: Worker) -> None:
    lay(worker.data / "in" / "two.jsonl", request("2") + b"\n" + request("3"))
    done = laid_aside(worker, "two.jsonl")
    said = answer(done)
    assert said["file"] == "two.jsonl"
    assert [message["index"] for message in said["messages"]] == [0, 1]
    for message in said["messages"]:
        assert message["outcome"] == "information"
        assert message["source"]["topic"] == "inbox.requests"
        assert len(message["record"]["sha256"]) == 64
        assert "issuance_refused" in {event["type"] for event in message["events"]}
    assert not (worker.data / "in" / "two.jsonl").exists()


def test_what_waits_for_people_goes_to_parked(worker: Worker) -> None:
    for number, data in enumerate(
        (b"", b"\x00\xff", b"<a", b'{"dialect": "tallystick.\\ud800"}', b"[" * 9999)
    ):
        lay(worker.data / "in" / f"bad-{number}", data)
        parked = laid_aside(worker, f"bad-{number}", to="parked")
        assert parked.read_bytes() == data
        assert "message_parked" in events(parked)


def test_a_folder_names_the_sender_and_keeps_its_files_apart(worker: Worker) -> None:
    for sender in ("north", "south"):
        lay(worker.data / "in" / sender / "same.json", request(sender))
    for sender in ("north", "south"):
        assert laid_aside(worker, f"{sender}-same.json").read_bytes() == request(sender)


def test_the_same_name_twice_is_kept_twice(worker: Worker) -> None:
    for number, name in enumerate(("again.json", "again.json.2", "again.json.3")):
        lay(worker.data / "in" / "again.json", request(f"again-{number}"))
        assert laid_aside(worker, name).read_bytes() == request(f"again-{number}")
        assert answer(worker.data / "done" / name)["file"] == name


def test_a_file_that_is_named_like_an_answer_does_not_take_an_answers_place(worker: Worker) -> None:
    lay(worker.data / "in" / "x.answer.json", request("x.answer"))
    assert laid_aside(worker, "x.answer.json.file").read_bytes() == request("x.answer")
    lay(worker.data / "in" / "x", request("x"))
    assert answer(laid_aside(worker, "x"))["file"] == "x"


def test_a_file_with_a_dot_waits_until_it_is_renamed(worker: Worker) -> None:
    hidden = worker.data / "in" / ".hidden.json"
    hidden.write_bytes(request("hidden"))
    lay(worker.data / "in" / "seen.json", request("seen"))
    laid_aside(worker, "seen.json")
    assert hidden.exists()
    hidden.rename(hidden.with_name("hidden.json"))
    laid_aside(worker, "hidden.json")


def test_a_file_that_is_written_bit_by_bit_is_decided_as_a_whole_in_the_end(worker: Worker) -> None:
    path = worker.data / "in" / "slow.jsonl"
    lines = [request(f"slow-{number}") + b"\n" for number in range(40)]
    with path.open("wb") as file:
        for line in lines:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    done = laid_aside(worker, "slow.jsonl")
    assert done.read_bytes() == b"".join(lines)
    assert len(answer(done)["messages"]) == len(lines)


def test_a_file_that_is_replaced_while_it_waits_is_decided_as_well(worker: Worker) -> None:
    path = worker.data / "in" / "replaced.json"
    contents = [request(f"replaced-{number}") for number in range(60)]
    for data in contents:
        lay(path, data)
    worker.until("the last one is laid aside", lambda: not path.exists())
    kept = {each.read_bytes() for each in (worker.data / "done").glob("replaced.json*")}
    assert contents[-1] in kept


def test_a_file_that_vanishes_is_no_trouble(worker: Worker) -> None:
    for number in range(60):
        lay(worker.data / "in" / f"gone-{number}", request(f"gone-{number}")).unlink(missing_ok=True)
    lay(worker.data / "in" / "gone-sender" / "file", request("gone-sender"))
    shutil.rmtree(worker.data / "in" / "gone-sender", ignore_errors=True)


def test_a_folder_within_a_senders_folder_is_left_and_said(worker: Worker) -> None:
    (worker.data / "in" / "deep" / "inner").mkdir(parents=True)
    lay(worker.data / "in" / "deep" / "file.json", request("deep"))
    laid_aside(worker, "deep-file.json")
    assert "a folder; lay the file itself in" in left(worker, worker.data / "in" / "deep" / "inner")


def test_a_folder_whose_name_no_message_can_carry_is_left_and_said(worker: Worker) -> None:
    lay(worker.data / "in" / "two words" / "file.json", request("two words"))
    assert "no sender's name" in left(worker, worker.data / "in" / "two words")
    assert (worker.data / "in" / "two words" / "file.json").exists()


def test_a_link_is_left_where_it_is_and_what_it_points_to_as_well(worker: Worker, tmp_path: Path) -> None:
    target = tmp_path / "secret"
    target.write_bytes(request("secret"))
    for name, to in (("to-file", target), ("to-nothing", tmp_path / "nothing"), ("to-folder", tmp_path)):
        link = worker.data / "in" / name
        link.symlink_to(to)
        assert "a symbolic link; lay the file itself in" in left(worker, link)
    assert target.exists()


def test_pipes_and_sockets_are_left(worker: Worker) -> None:
    pipe, listening = worker.data / "in" / "pipe", worker.data / "in" / "socket"
    os.mkfifo(pipe)
    assert "no file; lay the file itself in" in left(worker, pipe)
    short = Path(tempfile.mkdtemp(prefix="tallystick-"))
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(short / "socket"))
        (short / "socket").rename(listening)
        left(worker, listening)
    short.rmdir()


NAMES = {
    "longest": "n" * 255,
    "letters": "文件 ünïcode.json",
    "newline": "new\nline",
    "bytes": os.fsdecode(b"no text \xff"),
    "longest-letters": "é" * 127,
    "dash": "-rf",
    "quotes": "a b'c\"d",
}


@pytest.mark.parametrize("kind", NAMES)
def test_any_name_is_laid_aside(worker: Worker, kind: str) -> None:
    data = request(kind)
    path = worker.data / "in" / NAMES[kind]
    path.write_bytes(data)
    worker.until("it is laid aside", lambda: not path.exists())
    (kept,) = (each for each in (worker.data / "done").iterdir() if each.read_bytes() == data)
    assert answer(kept)["messages"] != []


def test_more_files_than_fit_into_a_round_are_all_decided(worker: Worker) -> None:
    for number in range(450):
        (worker.data / "in" / f"many-{number:03d}").write_bytes(request(f"many-{number}"))
    worker.until("all are laid aside", lambda: not any((worker.data / "in").iterdir()))
    assert len(list((worker.data / "done").glob("many-???"))) == 450


def test_folders_that_are_removed_are_made_again(worker: Worker) -> None:
    shutil.rmtree(worker.data / "done")
    shutil.rmtree(worker.data / "in")
    (worker.data / "in").mkdir()
    lay(worker.data / "in" / "anew.json", request("anew"))
    laid_aside(worker, "anew.json")


def test_a_large_file_is_parked_and_does_not_keep_the_others_waiting(worker: Worker) -> None:
    huge = worker.data / "in" / ".huge"
    with huge.open("wb") as file:
        file.truncate(17 * 1024 * 1024)
    huge.rename(huge.with_name("a-huge"))
    lay(worker.data / "in" / "small.json", request("small"))
    laid_aside(worker, "small.json")
    said = answer(laid_aside(worker, "a-huge", to="parked"))
    assert said["messages"][0]["events"][-1]["code"] == "too_large"
    with huge.open("wb") as file:
        file.truncate(257 * 1024 * 1024)
    huge.rename(huge.with_name("too-huge"))
    assert "larger than 268435456 bytes" in left(worker, worker.data / "in" / "too-huge")


def test_a_file_without_rights_waits_until_it_has_them(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "in").mkdir(parents=True)
    closed, shut = data / "in" / "closed.json", data / "in" / "shut"
    closed.write_bytes(request("closed"))
    closed.chmod(0)
    lay(shut / "inside.json", request("inside"))
    shut.chmod(0)
    with working(data, command=(sys.executable, WITHOUT_RIGHTS, "run")) as worker:
        assert "Permission denied" in left(worker, closed)
        assert "Permission denied" in left(worker, shut)
        lay(data / "in" / "open.json", request("open"))
        laid_aside(worker, "open.json")
        closed.chmod(0o644)
        shut.chmod(0o755)
        laid_aside(worker, "closed.json")
        laid_aside(worker, "shut-inside.json")


def test_a_file_that_may_not_be_moved_is_decided_once_and_moved_when_it_may(tmp_path: Path) -> None:
    data = tmp_path / "data"
    fixed = data / "in" / "fixed"
    fixed.mkdir(parents=True)
    lay(fixed / "file.json", request("fixed"))
    fixed.chmod(0o555)
    with working(data, command=(sys.executable, WITHOUT_RIGHTS, "run")) as worker:
        worker.until("it says so", lambda: any(line["event"] == "file_not_moved" for line in worker.logged()))
        lay(data / "in" / "other.json", request("other"))
        laid_aside(worker, "other.json")
        fixed.chmod(0o755)
        assert len(answer(laid_aside(worker, "fixed-file.json"))["messages"]) == 1
    assert sum(line["event"] == "file_not_moved" for line in worker.logged()) == 1
    with closing(sqlite3.connect(f"{(data / 'log.sqlite').as_uri()}?mode=ro", uri=True)) as log:
        query = "SELECT count(*) FROM entry WHERE instr(value, ?) > 0 AND instr(value, '\"received_at\"') > 0"
        assert log.execute(query, ('"client_request_id":"fixed"',)).fetchone() == (1,)
