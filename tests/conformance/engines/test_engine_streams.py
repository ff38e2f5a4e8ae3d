"""What appending and reading promise, on every engine."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workers.log.engine import Engine, Entry

BOOK = "ledger-0"
INBOX = "inbox.custody-0"
STREAMS = ("ledger-2", "inbox.chain-3", "transactions.a")


def values_of(entries: list[Entry]) -> list[bytes]:
    return [entry.value for entry in entries]


def test_positions_begin_at_zero_and_follow_one_another(engine: Engine) -> None:
    engine.append({BOOK: [b"a", b"b"]})
    engine.append({BOOK: [b"c"]})
    assert engine.read(BOOK, 0, 10) == [Entry(0, b"a"), Entry(1, b"b"), Entry(2, b"c")]


def test_every_stream_counts_for_itself(engine: Engine) -> None:
    engine.append({BOOK: [b"a"], INBOX: [b"x", b"y"]})
    engine.append({INBOX: [b"z"], BOOK: [b"b"]})
    assert engine.read(BOOK, 0, 10) == [Entry(0, b"a"), Entry(1, b"b")]
    assert engine.read(INBOX, 0, 10) == [Entry(0, b"x"), Entry(1, b"y"), Entry(2, b"z")]


def test_streams_whose_names_begin_alike_are_apart(engine: Engine) -> None:
    names = [
        "ledger-1",
        "ledger-3",
        "inbox.custody-1",
        "transactions.a",
        "transactions.A",
        "transactions.a-1",
    ]
    engine.append({name: [name.encode()] for name in names})
    assert engine.streams() == sorted(names)
    assert all(values_of(engine.read(name, 0, 10)) == [name.encode()] for name in names)


def test_the_end_is_the_position_of_the_next_append(engine: Engine) -> None:
    assert engine.end(BOOK) == 0
    engine.append({BOOK: [b"a", b"b"]})
    assert engine.end(BOOK) == 2


def test_an_unknown_stream_is_empty_and_reading_it_does_not_make_it(engine: Engine) -> None:
    assert engine.read("ledger-9", 0, 10) == []
    assert engine.end("ledger-9") == 0
    assert engine.streams() == []


def test_empty_batches_leave_no_trace(engine: Engine) -> None:
    engine.append({})
    engine.append({BOOK: []})
    engine.append({BOOK: [], INBOX: [b"x"]})
    assert engine.streams() == [INBOX]
    assert engine.end(BOOK) == 0


def test_an_empty_value_is_a_value(engine: Engine) -> None:
    engine.append({BOOK: [b"", b"a"]})
    assert engine.read(BOOK, 0, 10) == [Entry(0, b""), Entry(1, b"a")]


def test_equal_values_are_separate_entries(engine: Engine) -> None:
    engine.append({BOOK: [b"a", b"a"]})
    engine.append({BOOK: [b"a"]})
    assert engine.end(BOOK) == 3


def test_a_value_of_a_megabyte_comes_back_whole(engine: Engine) -> None:
    big = bytes(range(256)) * 4096
    engine.append({BOOK: [b"before", big, b"after"]})
    assert values_of(engine.read(BOOK, 0, 10)) == [b"before", big, b"after"]


def test_every_byte_value_comes_back_as_it_was(engine: Engine) -> None:
    every = bytes(range(256))
    engine.append({BOOK: [every, every[::-1]]})
    assert values_of(engine.read(BOOK, 0, 10)) == [every, every[::-1]]


@pytest.mark.parametrize(
    ("position", "limit", "expected"),
    [(0, 3, [0, 1, 2]), (4, 3, [4, 5, 6]), (8, 3, [8, 9]), (9, 1, [9]), (10, 3, []), (99, 3, []), (0, 0, [])],
)
def test_a_page_begins_at_its_position_and_stops_at_its_limit(
    engine: Engine, position: int, limit: int, expected: list[int]
) -> None:
    engine.append({BOOK: [b"%d" % number for number in range(10)]})
    assert engine.read(BOOK, position, limit) == [Entry(at, b"%d" % at) for at in expected]


@pytest.mark.parametrize(("position", "limit"), [(-1, 1), (0, -1)])
def test_a_negative_position_or_limit_is_a_mistake_of_the_caller(
    engine: Engine, position: int, limit: int
) -> None:
    with pytest.raises(ValueError, match="0 or more"):
        engine.read(BOOK, position, limit)


def test_pages_join_to_the_whole_stream(engine: Engine) -> None:
    appended = [b"%d" % number for number in range(1000)]
    engine.append({BOOK: appended})
    read: list[Entry] = []
    while page := engine.read(BOOK, len(read), 64):
        read += page
    assert values_of(read) == appended


def test_a_reader_meets_what_is_appended_while_it_reads(engine: Engine) -> None:
    engine.append({BOOK: [b"0", b"1", b"2"]})
    first = engine.read(BOOK, 0, 2)
    engine.append({BOOK: [b"3"]})
    assert values_of(first + engine.read(BOOK, 2, 2)) == [b"0", b"1", b"2", b"3"]


def test_what_was_read_does_not_change_with_the_log(engine: Engine) -> None:
    values = [b"a"]
    engine.append({BOOK: values})
    page = engine.read(BOOK, 0, 10)
    values.append(b"mine")
    engine.append({BOOK: [b"b"]})
    page.append(Entry(7, b"mine"))
    assert engine.read(BOOK, 0, 10) == [Entry(0, b"a"), Entry(1, b"b")]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rounds=st.lists(
        st.dictionaries(st.sampled_from(STREAMS), st.lists(st.binary(max_size=20), max_size=5)),
        max_size=8,
    )
)
def test_any_appends_read_back_as_lists_would(engine: Engine, rounds: list[dict[str, list[bytes]]]) -> None:
    starts = {name: engine.end(name) for name in STREAMS}
    expected: dict[str, list[bytes]] = {name: [] for name in STREAMS}
    for batches in rounds:
        engine.append(batches)
        for name, values in batches.items():
            expected[name] += values
    for name, values in expected.items():
        assert values_of(engine.read(name, starts[name], 1000)) == values
        assert engine.end(name) == starts[name] + len(values)
