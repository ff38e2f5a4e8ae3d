"""Lots: splitting, reserving and assigning shares, always whole and always by name.

Everything here is a step of a decision: it yields events, which are applied before the next step runs.
"""

from collections.abc import Iterator
from dataclasses import replace

from schemas import amounts
from schemas.events import LotMoved, LotReceived, LotSplit
from schemas.events.custody import LotPart, LotState, MoveCause
from schemas.registry import Event
from workers.core.ids import derive
from workers.core.ledger import collateral
from workers.core.ledger.issued import Issuance, Lot
from workers.core.ledger.state import InstrumentBook, State


def reserve(state: State, instrument: str, lot: str, issuance: Issuance, cause: MoveCause) -> Iterator[Event]:
    """Reserve a lot for an issuance, at most what it misses; the rest of the lot stays as it is."""
    book = state.book_of(instrument)
    if book.lots[lot].shares > issuance.missing:
        parts = split(book, instrument, lot, issuance.missing)
        yield parts
        lot = parts.parts[0].lot
    yield move(book, instrument, lot, "reserved", cause, issuance=issuance.issuance)


def split(book: InstrumentBook, instrument: str, lot: str, first: int) -> LotSplit:
    """Return the event that splits a lot into `first` shares and the rest."""
    rest = book.lots[lot].shares - first
    return LotSplit(
        instrument=instrument,
        lot=lot,
        parts=(
            LotPart(lot=derive("lot_part", lot, 1), shares=amounts.text(first)),
            LotPart(lot=derive("lot_part", lot, 2), shares=amounts.text(rest)),
        ),
    )


def move(
    book: InstrumentBook,
    instrument: str,
    lot: str,
    to_state: LotState,
    cause: MoveCause,
    *,
    issuance: str | None = None,
) -> LotMoved:
    """Return the event that takes a lot from its state to another."""
    return LotMoved(
        instrument=instrument,
        lot=lot,
        from_state=book.lots[lot].state,
        to_state=to_state,
        issuance=issuance,
        cause=cause,
    )


def linked_issuance(book: InstrumentBook, reference: str | None) -> Issuance | None:
    """Return the open issuance whose settlement reference this is, if it still misses shares."""
    issuance = book.issuances.get(book.references.get(reference or "", ""))
    if issuance is None or issuance.is_over or issuance.missing == 0:
        return None
    return issuance


def lot_received(state: State, event: LotReceived) -> None:
    """Add the lot; the identity is remembered with `custody.remember`."""
    book = state.book_of(event.instrument)
    place = (event.servicer, event.account)
    put(book, Lot(event.lot, amounts.parse(event.shares), event.state, event.reference, event.lot, place))
    if event.state == "free":
        collateral.changed(state, event.instrument)


def lot_split(state: State, event: LotSplit) -> None:
    """Replace the lot by its parts; free parts keep its place in the order: the first, else the last."""
    book = state.book_of(event.instrument)
    is_oldest = next(iter(book.free), None) == event.lot
    whole = take(book, event.lot)
    parts = book.parts.setdefault(whole.origin, {})
    parts.pop(whole.lot, None)
    for part in event.parts:
        parts[part.lot] = None
        put(book, replace(whole, lot=part.lot, shares=amounts.parse(part.shares)))
    if is_oldest:
        for part in reversed(event.parts):
            book.free.move_to_end(part.lot, last=False)


def lot_moved(state: State, event: LotMoved) -> None:
    """Take the lot to its new state, and out of or into an issuance."""
    book = state.book_of(event.instrument)
    giving = book.issuances.get(book.lots[event.lot].issuance or "")
    lot = take(book, event.lot)
    if event.to_state == "reserved":
        lot.reserved_from = event.from_state
    if giving is not None and event.cause == "release":
        giving.giving_back = True
    lot.state = event.to_state
    lot.issuance = event.issuance
    put(book, lot)
    if event.to_state == "free":
        collateral.changed(state, event.instrument)


def forget(book: InstrumentBook, lot: Lot) -> None:
    """Drop a lot that is no more from what its origin was split into."""
    parts = book.parts.get(lot.origin)
    if parts is None:
        return
    parts.pop(lot.lot, None)
    if not parts:
        del book.parts[lot.origin]


def fill(book: InstrumentBook, reference: str, shares: int) -> None:
    """Count that so many shares of a reference are short no more."""
    rest = book.short.get(reference, 0) - shares
    if rest > 0:
        book.short[reference] = rest
    else:
        book.short.pop(reference, None)


def put(book: InstrumentBook, lot: Lot) -> None:
    """Add a lot where its state counts it."""
    book.lots[lot.lot] = lot
    if lot.state == "free":
        book.free[lot.lot] = None
        book.free_total += lot.shares
        book.free_at[lot.place] = book.free_at.get(lot.place, 0) + lot.shares
    if lot.state == "unassigned" and lot.reference in book.references:
        book.linked.setdefault(lot.reference, {})[lot.lot] = None
    if lot.issuance is not None:
        issuance = book.issuances[lot.issuance]
        issuance.reserved[lot.lot] = lot.shares
        if issuance.funding == "treasury":
            book.treasury_owed -= lot.shares


def take(book: InstrumentBook, lot_id: str) -> Lot:
    """Remove a lot from where its state counts it, and return it."""
    lot = book.lots.pop(lot_id)
    if lot.state == "free":
        del book.free[lot_id]
        book.free_total -= lot.shares
        book.free_at[lot.place] -= lot.shares
    if lot.reference is not None and lot.lot in book.linked.get(lot.reference, ()):
        _unlink(book, lot.reference, lot.lot)
    if lot.issuance is not None:
        issuance = book.issuances[lot.issuance]
        del issuance.reserved[lot_id]
        if issuance.funding == "treasury" and issuance.ended is None:
            book.treasury_owed += lot.shares
    return lot


def _unlink(book: InstrumentBook, reference: str, lot: str) -> None:
    linked = book.linked[reference]
    del linked[lot]
    if not linked:
        del book.linked[reference]


EVOLVE = {LotMoved: lot_moved, LotSplit: lot_split}
