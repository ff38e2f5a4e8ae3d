from hypothesis import given
from hypothesis import strategies as st

from schemas.canonical import encode
from workers.audit.lines import UNREADABLE, message_line, record_line, stored_message, stored_record
from workers.log.engine import Entry

RECORD = {
    "book": "ledger-0",
    "events": [],
    "owner": "o",
    "prev": "",
    "recorded_at": "",
    "seq": 1,
    "source": None,
    "v": 1,
}
BYTES = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=50).map(str.encode),
    st.text(max_size=50).map(lambda text: encode({**RECORD, "owner": text})),
    st.text(max_size=50).map(lambda text: b'{"as_stored":"%b"}' % text.encode()),
)


@given(data=BYTES)
def test_any_bytes_of_a_book_stand_on_one_line_and_come_back(data: bytes) -> None:
    line = record_line(data)
    assert b"\n" not in line
    assert stored_record(line) == data


@given(data=BYTES)
def test_a_line_that_is_itself_an_entry_comes_back_as_well(data: bytes) -> None:
    once = record_line(data)
    assert stored_record(record_line(once)) == once


@given(data=BYTES, offset=st.integers(0, 2**53 - 1))
def test_any_bytes_of_an_inbox_stand_on_one_line_and_come_back(data: bytes, offset: int) -> None:
    entry = Entry(offset, data)
    line = message_line(entry)
    assert b"\n" not in line
    assert stored_message(line) == entry


def test_a_canonical_record_stands_as_it_was_stored() -> None:
    assert record_line(encode(RECORD)) == encode(RECORD)


def test_a_canonical_message_stands_as_it_was_stored_beside_its_offset() -> None:
    line = message_line(Entry(7, b'{"type":"tick"}'))
    assert line == b'{"message":{"type":"tick"},"offset":7}'


@given(line=st.binary(max_size=60))
def test_other_lines_of_an_inbox_are_unreadable_and_keep_their_bytes(line: bytes) -> None:
    entry = stored_message(line)
    if entry.position == UNREADABLE:
        assert entry.value == line or line.startswith((b'{"message":', b'{"as_stored":'))


def test_an_offset_is_written_in_one_way() -> None:
    for digits in (b"07", b"-1", b"", b"1.0", b"+1", b"12345678901234567"):
        assert stored_message(b'{"message":{},"offset":%b}' % digits).position == UNREADABLE
