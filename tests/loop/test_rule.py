"""The rule: which line of a book is a record, read by read."""

from typing import Any

import pytest
from loop_words import BOOK, record

from schemas import canonical
from schemas.canonical import digest
from schemas.envelope import FIRST_PREV, InboxSource
from schemas.events import InformationRecorded, OffsetsAbsent, OperationClosed, OwnerStarted
from schemas.messages import CUSTODY, REQUESTS, RecordName
from workers.log.rule import Chain, NewerProgramNeeded, Valid, Void, foreign_source

STARTED = OwnerStarted(program="tallystick")
SAID = InformationRecorded(code="cash", text="x")
WORK = RecordName(book="ledger-0", seq=1, sha256="a" * 64)
CLOSED = OperationClosed(
    operation="b" * 64,
    kind="mint",
    proof="deadline_passed",
    block_height=1,
    block_hash="0x",
    block_time="2026-11-23T09:00:00.000000Z",
)


def at(offset: int, topic: str = CUSTODY, partition: int = 0, sha256: str | None = "c" * 64) -> InboxSource:
    return InboxSource(topic=topic, partition=partition, offset=offset, sha256=sha256)


def place(*sources: InboxSource, book: str = BOOK) -> Chain:
    """A place in a book behind a start and these inputs."""
    chain = Chain(book)
    chain.advance(record(chain, STARTED))
    for source in sources:
        assert isinstance(chain.advance(record(chain, SAID, source=source)), Valid)
    return chain


def test_a_book_begins_with_64_zeros_and_number_one() -> None:
    chain = Chain(BOOK)
    data = record(chain, STARTED)
    assert canonical.decode(data)["prev"] == FIRST_PREV == "0" * 64
    found = chain.advance(data)
    assert isinstance(found, Valid)
    assert (found.seq, found.sha256, found.events) == (1, digest(data), (STARTED,))
    assert (chain.seq, chain.head, chain.voids) == (1, digest(data), 0)


def test_every_topic_and_partition_counts_its_own_offsets() -> None:
    chain = place(at(0), at(1), at(0, REQUESTS), at(0, partition=1))
    assert chain.next_offset(CUSTODY, 0) == 2
    assert chain.next_offset(REQUESTS, 0) == 1
    assert chain.next_offset(REQUESTS, 7) == 0


def test_absent_offsets_are_taken_by_their_number() -> None:
    chain = place(at(0))
    assert isinstance(chain.advance(record(chain, OffsetsAbsent(count=5), source=at(1, sha256=None))), Valid)
    assert chain.next_offset(CUSTODY, 0) == 6
    assert isinstance(chain.advance(record(chain, SAID, source=at(5))), Void)
    assert isinstance(chain.advance(record(chain, SAID, source=at(6))), Valid)


@pytest.mark.parametrize(
    ("changes", "events", "source"),
    [
        ({"prev": "f" * 64}, (SAID,), at(1)),
        ({"prev": FIRST_PREV}, (SAID,), at(1)),
        ({"seq": 2}, (SAID,), at(1)),
        ({"seq": 4}, (SAID,), at(1)),
        ({"seq": 0}, (SAID,), at(1)),
        ({"book": "ledger-1"}, (SAID,), at(1)),
        ({}, (SAID,), at(0)),
        ({}, (SAID,), at(2)),
        ({}, (SAID,), at(1, REQUESTS)),
        ({}, (SAID,), None),
        ({}, (STARTED, SAID), None),
        ({}, (STARTED, STARTED), None),
        ({}, (), None),
        ({}, (OffsetsAbsent(count=1),), None),
        ({}, (SAID,), WORK),
    ],
)
def test_any_other_record_is_void_counted_and_moves_nothing(
    changes: dict[str, Any], events: tuple[Any, ...], source: Any
) -> None:
    chain = place(at(0))
    before = chain.copy()
    found = chain.advance(record(chain, *events, source=source, **changes))
    assert isinstance(found, Void)
    assert found.why
    before.voids += 1
    assert chain == before
    assert isinstance(chain.advance(record(chain, SAID, source=at(1))), Valid), "and the book goes on"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"garbage",
        b"\xff\xfe\x00",
        b"{}",
        b"[]",
        b"null",
        b"[" * 50_000,
        b'{"book":"ledger-0"}',
        b'{"book":"ledger-0","prev":1,"seq":"x"}',
        b'{"book":"ledger-0","prev":"\\ud800","seq":1}',
    ],
    ids=lambda data: repr(data[:20]),
)
def test_garbage_is_void(data: bytes) -> None:
    chain = place(at(0))
    assert isinstance(chain.advance(data), Void)
    assert chain.voids == 1


def test_every_beginning_and_every_changed_byte_of_a_record_is_void_or_another_record() -> None:
    chain = place(at(0))
    data = record(chain, SAID, source=at(1))
    for end in range(len(data)):
        assert isinstance(chain.copy().advance(data[:end]), Void)
    for number in range(len(data)):
        changed = data[:number] + bytes([data[number] ^ 1]) + data[number + 1 :]
        try:
            found = chain.copy().advance(changed)
        except NewerProgramNeeded:
            continue
        assert isinstance(found, Void) or found.sha256 == digest(changed) != digest(data)


def test_a_record_sent_twice_is_valid_once() -> None:
    chain = place(at(0))
    data = record(chain, SAID, source=at(1))
    assert [type(chain.advance(data)) for _ in range(3)] == [Valid, Void, Void]


def test_a_batch_in_another_order_is_void_from_the_first_gap_on() -> None:
    chain = place()
    ahead = chain.copy()
    batch = []
    for offset in range(3):
        batch.append(record(ahead, SAID, source=at(offset)))
        assert isinstance(ahead.advance(batch[-1]), Valid)
    found = [type(chain.advance(batch[number])) for number in (0, 2, 1)]
    assert found == [Valid, Void, Valid]
    assert isinstance(chain.advance(batch[2]), Valid), "the same bytes in their place are the record"


@pytest.mark.parametrize(
    "change",
    [
        lambda record: {**record, "v": 2},
        lambda record: {**record, "v": 2, "events": "of another shape"},
        lambda record: {"book": record["book"], "prev": record["prev"], "seq": record["seq"], "v": 9},
        lambda record: {**record, "events": [{"type": "unheard_of", "v": 1}]},
        lambda record: {**record, "events": [{**record["events"][0], "v": 2}]},
    ],
)
def test_what_a_newer_program_wrote_in_the_right_place_stops_the_reader(change: Any) -> None:
    chain = place(at(0))
    data = canonical.encode(change(canonical.decode(record(chain, SAID, source=at(1)))))
    before = chain.copy()
    with pytest.raises(NewerProgramNeeded, match="ledger-0 seq 3"):
        chain.advance(data)
    assert chain == before


def test_what_a_newer_program_wrote_in_the_wrong_place_is_void() -> None:
    chain = place(at(0))
    data = canonical.encode({**canonical.decode(record(chain, SAID, source=at(1))), "v": 2, "seq": 9})
    assert isinstance(chain.advance(data), Void)


def test_a_known_event_of_the_wrong_shape_is_void() -> None:
    chain = place(at(0))
    stored = canonical.decode(record(chain, SAID, source=at(1)))
    stored["events"][0]["text"] = 7
    assert isinstance(chain.advance(canonical.encode(stored)), Void)


def test_a_source_of_another_partition_keeps_the_rule_and_is_named() -> None:
    chain = place()
    found = chain.advance(record(chain, SAID, source=at(0, partition=3)))
    assert isinstance(found, Valid)
    assert foreign_source(BOOK, found) == "its source is partition 3 of inbox.custody"
    own = chain.advance(record(chain, SAID, source=at(0)))
    assert isinstance(own, Valid)
    assert foreign_source(BOOK, own) is None


@pytest.mark.parametrize(("source", "is_valid"), [(None, True), (WORK, True), (at(0), False)])
def test_a_signing_accounts_book_takes_records_and_observations_and_no_inbox(
    source: Any,
    is_valid: bool,  # noqa: FBT001
) -> None:
    chain = Chain("transactions.sim-1")
    for _ in range(2):
        found = chain.advance(record(chain, CLOSED, source=source))
        assert isinstance(found, Valid) == is_valid


def test_a_copy_goes_on_apart() -> None:
    chain = place(at(0))
    copy = chain.copy()
    copy.advance(record(copy, SAID, source=at(1)))
    assert (chain.seq, chain.next_offset(CUSTODY, 0)) == (2, 1)
    assert (copy.seq, copy.next_offset(CUSTODY, 0)) == (3, 2)


def test_a_copy_of_a_place_is_the_same_place_and_goes_on_apart() -> None:
    chain = Chain("ledger-0")
    chain.advance(record(chain, OwnerStarted(program="test")))
    chain.advance(b"void")
    copied = chain.copy()
    assert copied == chain
    assert (copied.seq, copied.voids, copied.takeovers) == (1, 1, 1)
    copied.advance(record(copied, OwnerStarted(program="test")))
    assert (chain.seq, chain.takeovers) == (1, 1)
