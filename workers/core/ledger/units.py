"""Units that others moved: a holder's burn, and tokens that arrive, announced or not (DESIGN 5.3).

Both are facts: they are recorded as they are, once for each sighting.
"""

from collections.abc import Generator, Iterator

from schemas import amounts
from schemas.envelope import Message
from schemas.events import (
    BridgeRestored,
    BridgeStarted,
    BurnRecorded,
    MessageParked,
    ReceiptParked,
    ReceiptRestored,
    SightingRepeated,
    TokensReceived,
)
from schemas.messages import UnitsBridgedOutSeen, UnitsBurnedSeen, UnitsReceivedSeen
from schemas.registry import Event
from schemas.streams import partition_of
from workers.core.ids import sighting_id
from workers.core.ledger import collateral, multiplier
from workers.core.ledger.holds import set_aside
from workers.core.ledger.movements import FinalSighting, ParkedReceipt
from workers.core.ledger.state import Given, InstrumentBook, State

FINAL_SIGHTINGS_KEPT = 4_096
"""Of each instrument: the sightings that can still be contradicted."""

Recorded = BurnRecorded | ReceiptParked | ReceiptRestored | TokensReceived | BridgeStarted | BridgeRestored
Sighting = UnitsBurnedSeen | UnitsReceivedSeen | UnitsBridgedOutSeen


def units_burned_seen(state: State, given: Given, message: Message) -> Iterator[Event]:
    """Take burned units off the supply; their shares are unclaimed, never free.

    The burn may be told before the mint of what it burned: until then the supply may be below zero, by no
    more than what is authorized on that chain.
    """
    seen = message.body
    assert isinstance(seen, UnitsBurnedSeen), "the message's type decides its body"
    instrument = message.instrument or ""
    if not (yield from is_news(state, given, message, seen, burn_told(seen.units))):
        return
    units, known = amounts.parse(seen.units), state.book_of(instrument).units_on(seen.chain)
    if units > known:
        text = f"{seen.units} units were burned on {seen.chain}, where {amounts.text(known)} can be"
        yield from set_aside(given, "receipt_contradicts", text)
        return
    yield BurnRecorded(
        sighting=seen.sighting,
        instrument=instrument,
        chain=seen.chain,
        holder=seen.holder,
        units=seen.units,
        shares=amounts.text(_released(state, instrument, units)),
        transaction=seen.transaction,
        block_height=seen.block_height,
        block_hash=seen.block_hash,
    )


def units_received_seen(state: State, given: Given, message: Message) -> Iterator[Event]:
    """Take tokens for the redemption that waits for them, or park them; the supply is what it was."""
    seen = message.body
    assert isinstance(seen, UnitsReceivedSeen), "the message's type decides its body"
    if not (yield from is_news(state, given, message, seen, receipt_told(seen.units))):
        return
    book = state.book_of(message.instrument or "")
    returned = _returned(book, seen)
    if returned is not None:
        yield ReceiptRestored(
            instrument=message.instrument or "",
            sighting=seen.sighting,
            returned=returned,
            chain=seen.chain,
            sender=seen.sender,
            units=seen.units,
            transaction=seen.transaction,
            block_height=seen.block_height,
            block_hash=seen.block_hash,
        )
        return
    redemption = book.awaiting_tokens(seen.chain, seen.sender, amounts.parse(seen.units))
    if redemption is not None:
        yield TokensReceived(
            redemption=redemption,
            instrument=message.instrument or "",
            sighting=seen.sighting,
            chain=seen.chain,
            sender=seen.sender,
            units=seen.units,
            transaction=seen.transaction,
            block_height=seen.block_height,
            block_hash=seen.block_hash,
        )
        return
    yield ReceiptParked(
        sighting=seen.sighting,
        instrument=message.instrument or "",
        chain=seen.chain,
        sender=seen.sender,
        units=seen.units,
        transaction=seen.transaction,
        block_height=seen.block_height,
        block_hash=seen.block_hash,
    )


def _returned(book: InstrumentBook, seen: UnitsReceivedSeen) -> str | None:
    """Return as what these tokens were sent back, by the same transaction, before they were contradicted."""
    said = (seen.chain, seen.transaction, amounts.parse(seen.units))
    for before in book.withdrawn.values():
        is_same = (before.chain, before.transaction, before.units) == said
        if is_same and before.cause in book.unfounded and before.cause not in book.redemptions:
            return before.cause
    return None


def is_news(
    state: State, given: Given, message: Message, seen: Sighting, told: str
) -> Generator[Event, None, bool]:
    """Return whether this is a sighting's first word by who may say it; else yield what it is."""
    instrument = message.instrument
    if instrument is None or partition_of(instrument, state.rules.partitions) != state.partition:
        yield MessageParked(code="misrouted", text=f"a sighting for {instrument} is not decided in this book")
        return False
    token = state.rules.token(instrument, seen.chain)
    watches = None if token is None else (token.token, token.account)
    if message.sender != seen.account or watches != (seen.token, seen.account):
        text = f"{message.sender} may not speak of token {seen.token} of {instrument} on {seen.chain}"
        yield MessageParked(code="sender_not_allowed", text=text)
        return False
    if seen.sighting != sighting_id(seen.chain, seen.transaction, seen.index):
        text = f"sighting {seen.sighting} is not that of index {seen.index} in {seen.transaction}"
        yield MessageParked(code="malformed", text=text)
        return False
    book = state.book_of(instrument)
    before, is_gone = book.sightings.get(seen.sighting), seen.sighting in book.withdrawn
    is_old = seen.record.seq <= book.reopened.get(seen.sighting, 0)
    if before is None or (is_gone and before == told and not is_old):
        return True
    if before == told:
        yield SightingRepeated(sighting=seen.sighting)
    else:
        text = f"sighting {seen.sighting} was {before}, and is told as {told}"
        yield from set_aside(given, "receipt_contradicts", text)
    return False


def _released(state: State, instrument: str, units: int) -> int:
    """Return the shares that leave the pool with burned units: what was behind them, if it is there."""
    book = state.book_of(instrument)
    needed = amounts.shares_behind(book.units - units, multiplier.highest(state, instrument))
    behind = units * multiplier.current(state, instrument) // amounts.ONE
    return max(0, min(behind, book.pool - needed))


def burn_told(units: str) -> str:
    """Return what a sighting was told to be."""
    return f"a burn of {units}"


def receipt_told(units: str) -> str:
    """Return what a sighting was told to be."""
    return f"a receipt of {units}"


def keep(book: InstrumentBook, event: Recorded, told: str) -> FinalSighting:
    """Remember what a sighting was told to be, and the block that it is in."""
    book.sightings[event.sighting] = told
    book.withdrawn.pop(event.sighting, None)
    found = FinalSighting(
        event.chain,
        amounts.parse(event.units),
        event.transaction,
        event.block_height,
        event.block_hash,
    )
    book.final_sightings[event.sighting] = found
    if len(book.final_sightings) > FINAL_SIGHTINGS_KEPT:
        book.final_sightings.popitem(last=False)
    return found


def burn_recorded(state: State, event: BurnRecorded) -> None:
    """Take the units off the chain's supply, and their shares out of the pool."""
    book = state.book_of(event.instrument)
    kept = keep(book, event, burn_told(event.units))
    book.supply[event.chain] = book.supply.get(event.chain, 0) - kept.units
    kept.shares = amounts.parse(event.shares)
    book.pool -= kept.shares
    kept.at = collateral.leave(book, kept.shares)
    book.unclaimed += kept.shares


def receipt_parked(state: State, event: ReceiptParked) -> None:
    """Keep what arrived, for people to match or return."""
    book = state.book_of(event.instrument)
    keep(book, event, receipt_told(event.units)).cause = event.sighting
    book.parked_receipts[event.sighting] = ParkedReceipt(
        event.chain, event.sender, amounts.parse(event.units), event.transaction
    )


def receipt_restored(state: State, event: ReceiptRestored) -> None:
    """Count the tokens, which were sent back already or are to be."""
    book = state.book_of(event.instrument)
    keep(book, event, receipt_told(event.units)).cause = event.returned
    del book.unfounded[event.returned]
    book.stand_ready(event.returned)


DECIDE = {"units_burned_seen": units_burned_seen, "units_received_seen": units_received_seen}
EVOLVE = {
    BurnRecorded: burn_recorded,
    ReceiptParked: receipt_parked,
    ReceiptRestored: receipt_restored,
}
