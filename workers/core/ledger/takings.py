"""What takes shares away without our instruction: the lot it is of, else unassigned, free, pool, or owed.

One decision takes so many lots as policy lets it; the rest is owed until ticks have taken it.
"""

from collections.abc import Iterator
from typing import Literal

from schemas import amounts
from schemas.events import SharesReturned, SharesTaken, TakingPostponed
from schemas.registry import Event
from workers.core.ids import derive
from workers.core.ledger import collateral
from workers.core.ledger.issued import Lot, Mint
from workers.core.ledger.lots import fill, forget, put, split
from workers.core.ledger.lots import take as take_lot
from workers.core.ledger.minting import unfund
from workers.core.ledger.movements import Seen, Taking
from workers.core.ledger.state import InstrumentBook, State

ReturnedTo = Literal["unassigned", "free", "pool", "owed"]


def take(
    state: State, instrument: str, *, cause: str, shares: int, undone: str | None, reference: str | None
) -> Iterator[Event]:
    """Take shares; `undone` is the lot that they came as, `reference` the one it had."""
    book = state.book_of(instrument)
    left = shares
    known = reference if reference in book.references else None
    for pieces, (lot, mint) in enumerate(_sources(book, undone)):
        if left == 0:
            return
        if pieces == state.policy.events_per_decision_max:
            if cause not in book.takings:
                yield TakingPostponed(
                    instrument=instrument,
                    cause=cause,
                    undone=undone,
                    reference=reference,
                    shares=amounts.text(left),
                )
            return
        taken = min(left, _there(book, lot, mint))
        left -= taken
        if taken == 0:
            continue
        if mint is None:
            yield from _take_lot(state, instrument, cause, lot, taken)
        else:
            of_lot = lot.reference if lot.reference in book.references else None
            yield _taken(instrument, cause, "pool", taken, lot=lot.lot, mint=mint.mint, reference=of_lot)
    pool = min(left, book.pool)
    if pool:
        yield _taken(instrument, cause, "pool", pool, reference=known)
    if left > pool:
        yield _taken(instrument, cause, "owed", left - pool)


def go_on(state: State, instrument: str) -> Iterator[Event]:
    """Take what one decision was too short for."""
    book = state.book_of(instrument)
    taking = next(iter(book.takings.values()))
    yield from take(
        state,
        instrument,
        cause=taking.cause,
        shares=taking.shares,
        undone=taking.undone,
        reference=taking.reference,
    )


def give_back(state: State, instrument: str, *, cause: str, delivery: Seen) -> Iterator[Event]:
    """Return what an uninstructed delivery took to where it came from; what was filled since is a lot."""
    book = state.book_of(instrument)
    drained = dict(book.drained.get(delivery.made, {}))
    postponed = book.takings.get(delivery.made)
    if postponed is not None:
        yield _returned(instrument, cause, delivery, "owed", postponed.shares)
    lacking: tuple[tuple[ReturnedTo, int], ...] = (("owed", book.owed_for_good), ("pool", book.deficit))
    for where, missing in lacking:
        shares = min(drained.get(where, 0), missing)
        if shares:
            drained[where] -= shares
            yield _returned(instrument, cause, delivery, where, shares)
    free = drained.pop("free", 0)
    if free:
        yield _returned(instrument, cause, delivery, "free", free)
    others = sum(drained.values())
    if others:
        yield _returned(instrument, cause, delivery, "unassigned", others)


def _returned(instrument: str, cause: str, delivery: Seen, state: ReturnedTo, shares: int) -> SharesReturned:
    return SharesReturned(
        instrument=instrument,
        cause=cause,
        delivery=delivery.made,
        state=state,
        lot=None if state in ("pool", "owed") else derive("lot_returned", cause, state),
        servicer=delivery.place[0],
        account=delivery.place[1],
        reference=None,
        shares=amounts.text(shares),
    )


def _sources(book: InstrumentBook, undone: str | None) -> Iterator[tuple[Lot, Mint | None]]:
    """Yield the lots to take from, in order; what was taken meanwhile is passed over."""
    named = [undone, *book.parts.get(undone, {})] if undone is not None else []
    for name in named:
        if name in book.lots:
            yield book.lots[name], None
    for mint in list(book.mints.values()) if named else []:
        for lot in mint.lots:
            if lot.lot in named:
                yield lot, mint
    for name in [each.lot for each in book.lots.values() if each.state == "unassigned"]:
        if name in book.lots:
            yield book.lots[name], None
    while book.free:
        yield book.lots[next(iter(book.free))], None


def _there(book: InstrumentBook, lot: Lot, mint: Mint | None) -> int:
    """Return what can be taken of a lot; one that a mint consumed is in the pool, if that still has it."""
    return lot.shares if mint is None else min(lot.shares - mint.taken.get(lot.lot, 0), book.pool)


def _take_lot(state: State, instrument: str, cause: str, lot: Lot, shares: int) -> Iterator[Event]:
    """Take a lot, or so much of it; an issuance that loses it is funded no more."""
    book = state.book_of(instrument)
    if shares < lot.shares:
        parts = split(book, instrument, lot.lot, shares)
        yield parts
        lot = book.lots[parts.parts[0].lot]
    issuance = None if lot.issuance is None else book.issuances[lot.issuance]
    yield _taken(instrument, cause, lot.state, shares, lot=lot.lot)
    if issuance is not None:
        yield from unfund(instrument, issuance)


def _taken(
    instrument: str,
    cause: str,
    state: Literal["free", "unassigned", "reserved", "provisional", "pool", "owed"],
    shares: int,
    *,
    lot: str | None = None,
    mint: str | None = None,
    reference: str | None = None,
) -> SharesTaken:
    return SharesTaken(
        instrument=instrument,
        cause=cause,
        state=state,
        lot=lot,
        mint=mint,
        reference=reference,
        shares=amounts.text(shares),
    )


def shares_taken(state: State, event: SharesTaken) -> None:
    """Take the shares from where they were."""
    book = state.book_of(event.instrument)
    shares = amounts.parse(event.shares)
    if event.state == "pool":
        book.pool -= shares
        place = None
        if event.mint is not None and event.lot is not None:
            mint = book.mints[event.mint]
            mint.taken[event.lot] = mint.taken.get(event.lot, 0) + shares
            place = next(lot.place for lot in mint.lots if lot.lot == event.lot)
        collateral.leave(book, shares, place)
        if event.reference is not None:
            book.short[event.reference] = book.short.get(event.reference, 0) + shares
    elif event.state == "owed":
        book.owed += shares
    elif event.lot is not None:
        forget(book, take_lot(book, event.lot))
    drained = book.drained.setdefault(event.cause, {})
    drained[event.state] = drained.get(event.state, 0) + shares
    _count_down(book, event.cause, shares)


def _count_down(book: InstrumentBook, cause: str, shares: int) -> None:
    """Count off what stood as owed because its taking was postponed."""
    taking = book.takings.get(cause)
    if taking is None:
        return
    book.owed -= shares
    rest = taking.shares - shares
    if rest:
        book.takings[cause] = Taking(cause, taking.undone, taking.reference, rest)
    else:
        del book.takings[cause]


def taking_postponed(state: State, event: TakingPostponed) -> None:
    """Owe the rest until a tick takes it."""
    book = state.book_of(event.instrument)
    shares = amounts.parse(event.shares)
    book.owed += shares
    book.takings[event.cause] = Taking(event.cause, event.undone, event.reference, shares)


def shares_returned(state: State, event: SharesReturned) -> None:
    """Put the shares back."""
    book = state.book_of(event.instrument)
    shares, place = amounts.parse(event.shares), (event.servicer, event.account)
    if event.state == "pool":
        book.pool += shares
        book.pool_at[place] = book.pool_at.get(place, 0) + shares
        if event.reference is not None:
            fill(book, event.reference, shares)
    elif event.state == "owed":
        book.owed -= shares
        book.takings.pop(event.delivery, None)
    elif event.lot is not None:
        put(book, Lot(event.lot, shares, event.state, event.reference, event.lot, place))


EVOLVE = {SharesTaken: shares_taken, TakingPostponed: taking_postponed, SharesReturned: shares_returned}
