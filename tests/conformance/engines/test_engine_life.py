"""Closing and opening again."""

from collections.abc import Callable

import pytest

from workers.log.engine import Engine, Entry, LogUnusable

CALLS: dict[str, Callable[[Engine], object]] = {
    "append": lambda engine: engine.append({"ledger-0": [b"a"]}),
    "append of nothing": lambda engine: engine.append({}),
    "read": lambda engine: engine.read("ledger-0", 0, 1),
    "end": lambda engine: engine.end("ledger-0"),
    "streams": lambda engine: engine.streams(),
    "keep_evidence": lambda engine: engine.keep_evidence(b"a"),
    "keep_all_evidence": lambda engine: engine.keep_all_evidence([]),
    "evidence": lambda engine: engine.evidence("0" * 64),
    "evidence_digests": lambda engine: engine.evidence_digests(),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_closed_engine_refuses(engine: Engine, call: str) -> None:
    engine.close()
    with pytest.raises(LogUnusable, match="closed"):
        CALLS[call](engine)


def test_closing_twice_is_allowed(engine: Engine) -> None:
    engine.close()
    engine.close()


def test_what_was_appended_is_there_after_opening_again(opening: Callable[[], Engine]) -> None:
    first = opening()
    first.append({"ledger-0": [b"a"], "inbox.custody-0": [b"x"]})
    digest = first.keep_evidence(b"evidence")
    first.close()
    second = opening()
    second.append({"ledger-0": [b"b"]})
    assert second.read("ledger-0", 0, 10) == [Entry(0, b"a"), Entry(1, b"b")]
    assert second.streams() == ["inbox.custody-0", "ledger-0"]
    assert second.evidence(digest) == b"evidence"
    second.close()


def test_two_handles_on_one_log_see_each_other(opening: Callable[[], Engine]) -> None:
    one, other = opening(), opening()
    one.append({"inbox.custody-0": [b"a"]})
    other.append({"inbox.custody-0": [b"b"], "inbox.custody-1": [b"c"]})
    one.append({"inbox.custody-1": [b"d"], "inbox.custody-0": [b"e"]})
    assert [entry.value for entry in other.read("inbox.custody-0", 0, 10)] == [b"a", b"b", b"e"]
    assert [entry.value for entry in one.read("inbox.custody-1", 0, 10)] == [b"c", b"d"]
    one.close()
    other.close()
