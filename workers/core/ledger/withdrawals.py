"""Withdrawals: an account takes back a last word that was not heard here, so that it is not believed later.

What an account says first may arrive last. Its words up to the one that takes them back are old from then on.
"""

from collections.abc import Callable
from typing import Any

from schemas import amounts
from schemas.events import LastWordWithdrawn
from schemas.messages import ClosureSeenContradicted, FinalitySeenContradicted
from workers.core.ledger.state import InstrumentBook, State


def withdrawn(
    book: InstrumentBook, instrument: str, seen: ClosureSeenContradicted | FinalitySeenContradicted
) -> LastWordWithdrawn | None:
    """Return that words on an operation that is open are old; None where it is not open, or not like this."""
    found = book.open_operation(seen.operation)
    if found is None or seen.hash_now == seen.block_hash:
        return None
    kind, operation = found
    if (seen.kind, seen.account, seen.chain) != (kind, operation.account, operation.chain):
        return None
    return LastWordWithdrawn(
        operation=seen.operation,
        kind=seen.kind,
        instrument=instrument,
        chain=seen.chain,
        units=amounts.text(operation.units),
        block_height=seen.block_height,
        block_hash=seen.block_hash,
        hash_now=seen.hash_now,
        account_seq=seen.record.seq,
    )


def last_word_withdrawn(state: State, event: LastWordWithdrawn) -> None:
    """Believe nothing any more that was said of it before."""
    state.book_of(event.instrument).reopened[event.operation] = event.account_seq


EVOLVE: dict[type, Callable[[State, Any], None]] = {LastWordWithdrawn: last_word_withdrawn}
