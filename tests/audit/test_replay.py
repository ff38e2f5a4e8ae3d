import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.envelope import Message
from schemas.messages import IssuanceRequested
from schemas.registry import Event
from tests.audit.days import Day
from tests.audit.forging import (
    JSON,
    event_of,
    forge,
    lines_of,
    messages_of,
    record_where,
    renew_manifest,
    with_event,
    write_lines,
    write_messages,
)
from workers.audit import (
    AtInstant,
    AtRecord,
    EngineSource,
    ExportSource,
    NotAMoment,
    decide_again,
    parse_moment,
    replay,
)
from workers.core import ledger
from workers.core.ledger import Given, State
from workers.core.portrait import state_digest
from workers.log.memory import MemoryEngine
from workers.log.sqlite import SqliteEngine


def test_an_export_and_its_log_fold_to_the_same_states(exported: Path, engine: SqliteEngine) -> None:
    of_export, of_log = replay(ExportSource(exported)), replay(EngineSource(engine))
    assert of_export.findings == of_log.findings == ()
    assert of_export.state_digests == of_log.state_digests
    assert set(of_log.state_digests) == {"ledger-0", "ledger-1", "transactions.minter-1"}


def test_replay_folds_to_the_state_that_the_owner_decides_on(day: Day) -> None:
    replayed = replay(EngineSource(day.engine))
    for settlement in day.settlements:
        loop = settlement.runner.loop
        assert loop.pending == 0
        assert replayed.books[loop.book].head == loop.chain.head
        assert replayed.state_digests[loop.book] == state_digest(loop.state)
    account = day.executor.runner.loop
    assert replayed.state_digests[account.book] == state_digest(account.state)


def test_replay_to_a_record_folds_its_book_up_to_it(engine: SqliteEngine) -> None:
    replayed = replay(EngineSource(engine), until=AtRecord("ledger-1", 9))
    assert list(replayed.books) == ["ledger-1"]
    assert replayed.books["ledger-1"].seq == 9
    assert replayed.findings == ()


def test_replay_to_every_record_gives_another_position_and_the_last_gives_the_end(
    engine: SqliteEngine,
) -> None:
    source = EngineSource(engine)
    end = replay(source).books["ledger-1"]
    last = replay(source, until=AtRecord("ledger-1", end.seq)).books["ledger-1"]
    assert (last.head, last.state_digest) == (end.head, end.state_digest)


def test_replay_beyond_the_end_says_where_the_book_ends(engine: SqliteEngine) -> None:
    replayed = replay(EngineSource(engine), until=AtRecord("ledger-1", 100_000))
    assert [finding.code for finding in replayed.findings] == ["record_missing"]
    assert "the book ends with seq" in replayed.findings[0].text


def test_replay_of_a_book_that_is_not_there_says_so(engine: SqliteEngine) -> None:
    replayed = replay(EngineSource(engine), until=AtRecord("ledger-7", 1))
    assert [finding.code for finding in replayed.findings] == ["book_missing"]


def test_replay_to_an_instant_takes_of_every_book_what_was_recorded_by_then(engine: SqliteEngine) -> None:
    moment = parse_moment("2026-11-23T09:00:12Z")
    replayed = replay(EngineSource(engine), until=moment)
    assert len(replayed.books) == 3
    for folded in replayed.books.values():
        assert folded.recorded_at is None or folded.recorded_at <= "2026-11-23T09:00:12.000000Z"
    later = replay(EngineSource(engine), until=parse_moment("2026-11-23T09:00:20Z"))
    assert later.records > replayed.records


def test_before_the_log_began_there_is_nothing(engine: SqliteEngine) -> None:
    replayed = replay(EngineSource(engine), until=parse_moment("2020-01-01"))
    assert {folded.seq for folded in replayed.books.values()} == {0}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("ledger-0:12", AtRecord("ledger-0", 12)),
        ("transactions.minter-1:3", AtRecord("transactions.minter-1", 3)),
        ("2026-11-23", AtInstant("2026-11-23T00:00:00.000000Z")),
        ("2026-11-23T10:00:00Z", AtInstant("2026-11-23T10:00:00.000000Z")),
        ("2026-11-23T10:00:00.5+02:00", AtInstant("2026-11-23T08:00:00.500000Z")),
    ],
)
def test_moments_are_written_as_people_write_them(text: str, moment: object) -> None:
    assert parse_moment(text) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "ledger-0", "ledger-0:0", "ledger-0:-1", "books:1", "12"])
def test_what_is_no_moment_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(NotAMoment, match="write BOOK:SEQ"):
        parse_moment(text)


def test_replay_says_where_the_chain_breaks(exported: Path) -> None:
    lines = lines_of(exported, "ledger-1")
    del lines[20]
    write_lines(exported, "ledger-1", lines)
    replayed = replay(ExportSource(exported))
    assert [(each.code, each.book, each.seq) for each in replayed.findings] == [
        ("chain_broken", "ledger-1", 21)
    ]
    assert replayed.books["ledger-1"].seq == 20


def test_replay_says_which_events_do_not_follow(exported: Path) -> None:
    seq = record_where(exported, "ledger-1", with_event("lot_moved"))
    forge(exported, "ledger-1", seq, lambda record: event_of(record, "lot_moved").update(lot="ab" * 32))
    replayed = replay(ExportSource(exported))
    assert [(each.code, each.book, each.seq) for each in replayed.findings] == [
        ("events_unfounded", "ledger-1", seq)
    ]


def test_everything_is_decided_again_byte_for_byte(exported: Path, engine: SqliteEngine) -> None:
    for source in (ExportSource(exported), EngineSource(engine)):
        again = decide_again(source)
        assert again.findings == ()
        assert again.decided > 90


def test_a_forged_decision_is_found_and_both_are_shown(exported: Path) -> None:
    seq = record_where(exported, "ledger-1", with_event("lot_received"))
    shares = event_of(json.loads(lines_of(exported, "ledger-1")[seq - 1]), "lot_received")["shares"]
    forge(exported, "ledger-1", seq, lambda record: event_of(record, "lot_received").update(shares="9999"))
    found = decide_again(ExportSource(exported)).findings
    assert (found[0].code, found[0].book, found[0].seq) == ("decided_differently", "ledger-1", seq)
    assert '"shares":"9999"' in found[0].text
    assert f'"shares":"{shares}"' in found[0].text


def test_a_forged_decision_that_nothing_can_follow_ends_the_deciding(exported: Path) -> None:
    seq = record_where(exported, "ledger-1", with_event("lot_moved"))
    forge(exported, "ledger-1", seq, lambda record: event_of(record, "lot_moved").update(lot="ab" * 32))
    found = decide_again(ExportSource(exported)).findings
    assert [(each.code, each.seq) for each in found] == [
        ("decided_differently", seq),
        ("deciding_stopped", seq),
    ]


def test_a_forged_decision_without_consequences_is_the_only_difference(exported: Path) -> None:
    seq = record_where(exported, "ledger-0", with_event("confirmation_repeated"))
    forge(
        exported,
        "ledger-0",
        seq,
        lambda record: event_of(record, "confirmation_repeated").update(lot="ab" * 32),
    )
    found = decide_again(ExportSource(exported)).findings
    assert [(each.code, each.seq) for each in found] == [("decided_differently", seq)]


def test_a_decision_left_out_of_a_record_is_found(exported: Path) -> None:
    seq = record_where(exported, "ledger-1", with_event("issuance_completed"))
    forge(exported, "ledger-1", seq, lambda record: record["events"].pop())
    found = decide_again(ExportSource(exported)).findings
    assert found[0].seq == seq


def test_a_message_that_was_exchanged_is_found(exported: Path) -> None:
    rows = messages_of(exported, "inbox.custody-1")
    rows[0]["message"]["body"]["quantity"] = "61"
    write_messages(exported, "inbox.custody-1", rows)
    renew_manifest(exported)
    found = decide_again(ExportSource(exported)).findings
    assert [each.code for each in found] == ["source_differs"]


def test_events_without_a_message_are_found(exported: Path) -> None:
    def slip_in(record: JSON) -> None:
        record["source"]["sha256"] = None

    seq = record_where(exported, "ledger-1", with_event("lot_received"))
    forge(exported, "ledger-1", seq, slip_in)
    found = decide_again(ExportSource(exported)).findings
    assert [(each.code, each.seq) for each in found] == [("decided_differently", seq)]
    assert "no message stands behind them" in found[0].text


def test_a_decision_that_raised_is_set_aside_again(monkeypatch: pytest.MonkeyPatch) -> None:
    decide = ledger.decide

    def decide_or_raise(state: State, given: Given) -> Iterator[Event]:
        for event in decide(state, given):
            yield event  # the first events are applied before it raises, as a real mistake would
            if _is_poison(given.message):
                raise ZeroDivisionError(str(given.sha256))

    monkeypatch.setattr(ledger, "decide", decide_or_raise)
    day = Day(MemoryEngine())
    day.play(issuances=1)
    day.request("TSLA", "13")
    day.rounds(1)
    day.request("TSLA", "14")
    day.rounds(8)
    source = EngineSource(day.engine)
    assert b"decision_raised" in b"".join(
        record for book in source.books() for record in source.records(book)
    )
    assert decide_again(source).findings == ()


def _is_poison(message: Message | None) -> bool:
    return message is not None and isinstance(message.body, IssuanceRequested) and message.body.shares == "13"


def test_deciding_stops_where_too_much_differs(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def decide_nothing(_state: State, _given: Given) -> Iterator[Event]:
        return iter(())

    monkeypatch.setattr(ledger, "decide", decide_nothing)
    found = decide_again(ExportSource(exported)).findings
    assert {each.code for each in found} == {"decided_differently", "deciding_stopped"}
