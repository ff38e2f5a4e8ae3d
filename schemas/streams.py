"""Names of streams, and which partition an instrument's messages go to.

A book `ledger-3` is decided from partition 3 of every inbox topic; a signing account's book is
`transactions.<account>`.
"""

from schemas.canonical import digest

LEDGER = "ledger"
HOUSE_BOOK = "ledger-0"
_TRANSACTIONS = "transactions."


def ledger_book(partition: int) -> str:
    """Return the name of a ledger book."""
    return f"{LEDGER}-{partition}"


def inbox_stream(topic: str, partition: int) -> str:
    """Return the name of one partition of an inbox topic."""
    return f"{topic}-{partition}"


def transactions_book(account: str) -> str:
    """Return the name of a signing account's book."""
    return _TRANSACTIONS + account


def is_ledger(book: str) -> bool:
    """Return whether this is a ledger book, whose sources have an order."""
    return book.startswith(LEDGER + "-")


def is_book(stream: str) -> bool:
    """Return whether the stream is a book, and not a partition of an inbox."""
    return is_ledger(stream) or stream.startswith(_TRANSACTIONS)


def partition_number(stream: str) -> int:
    """Return the partition of a ledger book or inbox stream."""
    return int(stream.rpartition("-")[2])


def topic_of(stream: str) -> str:
    """Return the topic of an inbox stream."""
    return stream.rpartition("-")[0]


def partition_of(key: str, partitions: int) -> int:
    """Return the partition that a key (an instrument, or a digest of evidence) belongs to."""
    return int(digest(key.encode())[:15], 16) % partitions
