"""Saved streams of server-sent events: what is a line, an event, an id, a gap. Nothing is lost in silence."""

import codecs
import json
import time
from pathlib import Path

import pytest

from workers.ingest.event_stream import LINES_MAX
from workers.ingest.profiles import Profile, Profiles
from workers.ingest.reading import Reading
from workers.ingest.registry import BYTES_MAX
from workers.ingest.registry import read as read_file

GOLDENS = Path(__file__).parent.parent / "golden" / "alpaca"
ACTIVITY = json.loads((GOLDENS / "activity_journal.in.json").read_text("utf-8"))
PROFILES = Profiles((Profile(name="alpaca", accounts=(ACTIVITY["account_id"],)),))
DATA = f"data: {json.dumps(ACTIVITY)}\n\n"
SECONDS_MAX = 2.0  # of this process


def read(text: str | bytes) -> list[Reading]:
    return read_file(text if isinstance(text, bytes) else text.encode(), profiles=PROFILES)


def codes(text: str | bytes) -> list[str]:
    """Return the outcome of a confirmation, the code of everything else."""
    return [one.reason.code if one.reason else one.outcome for one in read(text)]


def places(text: str) -> list[str | None]:
    return [one.reason and one.reason.where for one in read(text)]


ONE_MOVEMENT = {
    "no space after the colon": DATA.replace("data: ", "data:"),
    "Windows line ends": DATA.replace("\n", "\r\n"),
    "old Macintosh line ends": DATA.replace("\n", "\r"),
    "no empty line at the end": DATA.rstrip("\n"),
    "a byte order mark": codecs.BOM_UTF8 + DATA.encode(),
    "empty lines before": f"\n\n{DATA}",
    "heartbeats around": f":heartbeat\n\n{DATA}:heartbeat\n\n",
    "a comment inside": DATA.replace("\n\n", "\n:heartbeat\n\n"),
    "a time to retry": f"retry: 3000\n\n{DATA}",
    "the name of an event": f"event: activity\n{DATA}",
    "another id of the stream": f"id: 7\n{DATA}",
    "an event without data before": f"id: 6\nevent: nothing\n\n{DATA}",
    "an empty event before": f"data:\n\n{DATA}",
    "data without a colon before": f":\ndata\n\n{DATA}",
    "data in several lines": "data: " + json.dumps(ACTIVITY, indent=1).replace("\n", "\ndata: ") + "\n\n",
}


@pytest.mark.parametrize("case", ONE_MOVEMENT)
def test_a_stream_carries_the_movement_with(case: str) -> None:
    assert read(ONE_MOVEMENT[case]) == read(json.dumps(ACTIVITY))


def test_a_list_in_an_event_is_read_item_by_item() -> None:
    trade = {"activity_type": "FILL"}
    assert codes(f"data: {json.dumps([ACTIVITY, 7, trade])}\n\n") == [
        "confirmation",
        "not_a_message",
        "trade_report",
    ]


GAPS = [
    ": you are reading too slowly, dropped 10000 messages",
    ":you are reading too slowly, dropped 1 messages",
    ": Dropped 3 messages",
    ": 3 messages were DROPPED",
]


@pytest.mark.parametrize("comment", GAPS)
def test_a_gap_is_malformed_in_its_place(comment: str) -> None:
    text = f"{DATA}{comment}\n\n{DATA}"
    assert codes(text) == ["confirmation", "malformed", "confirmation"]
    assert places(text) == [None, "line 3", None]
    reason = read(text)[1].reason
    assert reason is not None
    assert comment.lstrip(": ") in reason.text


def test_a_gap_inside_an_event_does_not_hide_the_event() -> None:
    assert sorted(codes(DATA.replace("\n\n", f"\n{GAPS[0]}\n\n"))) == ["confirmation", "malformed"]


def test_a_stream_of_nothing_but_a_gap_is_malformed() -> None:
    assert codes(f"{GAPS[0]}\n\n") == ["malformed"]


@pytest.mark.parametrize("line", ["dat: 1", "Data: 1", " data: 1", '"qty": "7"}', "data 1", "\ufeffdata: 1"])
def test_a_line_that_is_none_of_a_stream_is_malformed(line: str) -> None:
    text = f"{DATA}{line}\n\n{DATA}"
    assert codes(text) == ["confirmation", "malformed", "confirmation"]
    assert places(text)[1] == "line 3"


def test_an_event_that_the_end_cuts_off_is_malformed() -> None:
    assert codes(DATA + DATA[: len(DATA) // 2]) == ["confirmation", "malformed"]


def test_damage_names_its_line() -> None:
    assert places(f'{DATA}id: 7\ndata: {{"a": 1,\ndata: b}}\n\n') == [None, "line 5"]


def test_an_event_without_its_id_takes_the_streams_and_never_the_last_ones() -> None:
    nameless = json.dumps({name: value for name, value in ACTIVITY.items() if name != "event_id"})
    readings = read(f"id: 01KJ-1\ndata: {nameless}\n\ndata: {nameless}\n\nid: 01KJ-2\n{DATA}")
    ids = [one.confirmation and one.confirmation.message_id for one in readings]
    assert ids == ["01KJ-1", None, ACTIVITY["event_id"]]


def test_a_key_that_stands_twice_in_an_event_is_ambiguous() -> None:
    assert codes('data: {"activity_type": "FILL", "activity_type": "DIV"}\n\n') == ["ambiguous"]


HUGE = {
    "more lines than a stream has": b":" + b"\n" * (LINES_MAX + 1),
    "more events than a file has": b"data:{}\n\n" * 100_001,
    "more gaps than a file has": b":dropped\n" * 100_001,
    "nested lists": b"data:" + b"[" * 1_000_000,
    "a byte too many": b"data:" + b"1" * BYTES_MAX,
}


@pytest.mark.parametrize("case", HUGE)
def test_is_too_large(case: str) -> None:
    started = time.process_time()
    assert codes(HUGE[case]) == ["too_large"]
    assert time.process_time() - started < SECONDS_MAX


BUSY = {
    "as many lines of data as are allowed": b"data:1\n" * (LINES_MAX - 1),
    "as many comments as are allowed": b":\n" * LINES_MAX,
    "one endless line": b"data:" + b"x" * 15_000_000,
    "one endless id": b"id:" + b"x" * 15_000_000 + b"\ndata:{}\n\n",
    "one endless gap": b":dropped" + b"x" * 15_000_000,
    "one endless line of no stream": b":\n" + b"x" * 15_000_000,
}


@pytest.mark.parametrize("case", BUSY)
def test_is_refused_in_time(case: str) -> None:
    started = time.process_time()
    readings = read(BUSY[case])
    assert time.process_time() - started < SECONDS_MAX
    assert {one.outcome for one in readings} == {"parked"}
