"""What stands in the file, and what tells it from any other SQLite file.

| table    | a row is                                                                       |
|----------|--------------------------------------------------------------------------------|
| stream   | a stream's name and the number that its entries carry instead                  |
| entry    | bytes at a position of a stream, with the CRC-32 of position and bytes         |
| evidence | bytes under their SHA-256                                                      |

Entries stand in the tree of their key (WITHOUT ROWID), so that a stream's entries share pages with one
another and not with whatever was appended in between. That is a trade, measured: a table with a rowid appends
up to a fifth faster, but of sixteen streams that grew together, one is read half as fast again from this one.

SQLite keeps no checksum of what it stores; the CRC finds a flipped bit at the engine, before a reader can
take changed bytes for a record or a message.
"""

import zlib

APPLICATION_ID = 0x54616C6C
"""`Tall`, at offset 68 of the file."""

FORMAT = 1
"""`PRAGMA user_version`: raised when a program of today could not read the file."""

PAGE_BYTES = 8192
"""A compromise: 4096 suits commits of few records, 16384 large batches and scans, each by a tenth or so."""

TABLES = {
    "stream": "CREATE TABLE stream (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    "entry": (
        "CREATE TABLE entry (stream INTEGER NOT NULL, position INTEGER NOT NULL, crc INTEGER NOT NULL,"
        " value BLOB NOT NULL, PRIMARY KEY (stream, position)) WITHOUT ROWID"
    ),
    "evidence": "CREATE TABLE evidence (sha256 TEXT PRIMARY KEY, data BLOB NOT NULL)",
}

STREAM_NUMBER = "SELECT number FROM stream WHERE name = ?"
STREAM_NAMES = "SELECT name FROM stream ORDER BY name"
STREAM_ADD = "INSERT INTO stream (name) VALUES (?)"

ENTRY_END = "SELECT coalesce(max(position) + 1, 0) FROM entry WHERE stream = ?"
ENTRY_ADD = "INSERT INTO entry (stream, position, crc, value) VALUES (?, ?, ?, ?)"
ENTRY_PAGE = (
    "SELECT position, crc, value FROM entry WHERE stream = ? AND position >= ? ORDER BY position LIMIT ?"
)
ENTRY_GAPS = (
    "SELECT name FROM stream JOIN (SELECT stream, count(*) AS found, max(position) + 1 AS expected"
    " FROM entry GROUP BY stream) ON number = stream WHERE found <> expected"
)

EVIDENCE_KNOWN = "SELECT 1 FROM evidence WHERE sha256 = ?"
EVIDENCE_ADD = "INSERT OR IGNORE INTO evidence (sha256, data) VALUES (?, ?)"
EVIDENCE_GET = "SELECT data FROM evidence WHERE sha256 = ?"
EVIDENCE_DIGESTS = "SELECT sha256 FROM evidence ORDER BY sha256"


def crc(position: int, value: bytes) -> int:
    """Return the CRC-32 of an entry; the position seeds it, so that bytes in another's place are found."""
    return zlib.crc32(value, position & 0xFFFFFFFF)
