"""How an entry of the log is one line of an export, and back, byte for byte.

A record is written as its stored bytes. A message is written as {"message": <its stored bytes>, "offset": n}.
Both are canonical JSON, which holds no line feed. Bytes that are no canonical JSON (somebody else's garbage,
always void or parked) stand in hexadecimal in a line of their own shape, so nothing of the log is lost:

    {"as_stored":"<hex>","book":"","events":[],"owner":"","prev":"","recorded_at":"","seq":0,"source":null,"v":0}
    {"as_stored":"<hex>","message":null,"offset":n}

A reader that does not know the first takes it for a void record, which it is. Reading gives the stored bytes
back, and `verify` checks those. A line is a stand-in only if it is exactly what its bytes are written as.
"""

from collections.abc import Callable

from schemas.canonical import NotCanonical, decode, encode
from workers.log.engine import Entry

UNREADABLE = -1
"""The position of a line that is no line of an inbox."""

_STAND_IN = b'{"as_stored":"'
_STAND_IN_END = b'"'
_MESSAGE = b'{"message":'
_OFFSET = b',"offset":'
_OFFSET_DIGITS_MAX = 16
_RECORD_KEYS = frozenset(("book", "events", "owner", "prev", "recorded_at", "seq", "source", "v"))


def is_canonical(data: bytes) -> bool:
    """Return whether the bytes are canonical JSON."""
    try:
        decode(data)
    except NotCanonical:
        return False
    return True


def record_line(data: bytes) -> bytes:
    """Return the line, without its end, that a book's entry is written as."""
    return data if _has_record_shape(data) else _record_stand_in(data)


def stored_record(line: bytes) -> bytes:
    """Return the bytes that a book's line was written from."""
    return _stored(line, _record_stand_in) if line.startswith(_STAND_IN) else line


def message_line(entry: Entry) -> bytes:
    """Return the line, without its end, that an inbox's entry is written as."""
    if not is_canonical(entry.value):
        return _message_stand_in(entry)
    return b"%b%b%b%d}" % (_MESSAGE, entry.value, _OFFSET, entry.position)


def stored_message(line: bytes) -> Entry:
    """Return the entry that an inbox's line was written from; its position is UNREADABLE if from none."""
    if line.startswith(_STAND_IN):
        offset = _offset(line)
        return Entry(offset, _stored(line, lambda data: _message_stand_in(Entry(offset, data))))
    if not line.startswith(_MESSAGE):
        return Entry(UNREADABLE, line)
    return Entry(_offset(line), line[len(_MESSAGE) : line.rfind(_OFFSET)])


def _has_record_shape(data: bytes) -> bool:
    try:
        value = decode(data)
    except NotCanonical:
        return False
    return isinstance(value, dict) and value.keys() >= _RECORD_KEYS and not data.startswith(_STAND_IN)


def _record_stand_in(data: bytes) -> bytes:
    shape = {"as_stored": data.hex(), "book": "", "events": [], "owner": "", "prev": "", "recorded_at": ""}
    return encode({**shape, "seq": 0, "source": None, "v": 0})


def _message_stand_in(entry: Entry) -> bytes:
    return encode({"as_stored": entry.value.hex(), "message": None, "offset": entry.position})


def _stored(line: bytes, write: Callable[[bytes], bytes]) -> bytes:
    """Return the bytes that a stand-in holds, or the line itself where it is not what they are written as."""
    text = line[len(_STAND_IN) : line.find(_STAND_IN_END, len(_STAND_IN))]
    try:
        data = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        return line
    return data if write(data) == line else line


def _offset(line: bytes) -> int:
    """Return the offset at a line's end, written as the program writes it."""
    digits = line[line.rfind(_OFFSET) + len(_OFFSET) : -1]
    plain = digits.isdigit() and line.endswith(b"}") and (digits == b"0" or digits[:1] != b"0")
    return int(digits) if plain and len(digits) <= _OFFSET_DIGITS_MAX else UNREADABLE
