"""Shortfalls: a pool smaller than what it backs, and how facts and operators fill it.

A deficit is derived, never decided: `balance` says it, with its number, where pool or units changed.
"""

from collections.abc import Iterator

from schemas import amounts
from schemas.events import (
    DeficitChanged,
    DeficitClosed,
    DeficitOpened,
    HoldPlaced,
    HoldReleased,
    SharesCovered,
)
from schemas.registry import Event
from workers.core.ids import derive
from workers.core.ledger import multiplier
from workers.core.ledger.lots import fill, forget, split, take
from workers.core.ledger.state import State


def balance(state: State, instrument: str) -> Iterator[Event]:
    """Open, change or close the instrument's deficit, so that it is what the pool lacks."""
    book = state.book_of(instrument)
    if instrument not in state.rules.instruments:
        return
    per_unit = multiplier.highest(state, instrument)
    deficit = max(0, amounts.shares_behind(book.units, per_unit) - book.pool)
    if deficit == book.deficit:
        return
    if deficit == 0:
        yield DeficitClosed(instrument=instrument)
        yield HoldReleased(hold=hold_of(instrument), instrument=instrument)
        return
    opened = book.deficit == 0
    cure_units = -(-deficit * amounts.ONE // per_unit)
    yield (DeficitOpened if opened else DeficitChanged)(
        instrument=instrument,
        shares=amounts.text(deficit),
        cure_shares=amounts.text(deficit),
        cure_units=amounts.text(cure_units),
    )
    if opened:
        text = f"{amounts.text(deficit)} shares are missing behind the units that exist"
        yield HoldPlaced(
            hold=hold_of(instrument),
            instrument=instrument,
            reason="deficit",
            owner=instrument,
            text=text,
            until=None,
        )


def hold_of(instrument: str) -> str:
    """Return the hold that an instrument's deficit owns."""
    return derive("hold", "deficit", instrument)


def resettle(state: State, instrument: str, lot: str) -> Iterator[Event]:
    """Let shares that settle again under the reference of those that were taken go where those were."""
    book = state.book_of(instrument)
    reference = book.lots[lot].reference
    needed = min(book.short[reference], book.deficit) if reference is not None else 0
    if book.lots[lot].shares > needed:
        parts = split(book, instrument, lot, needed)
        yield parts
        lot = parts.parts[0].lot
    shares = book.lots[lot].shares
    yield SharesCovered(
        instrument=instrument, lot=lot, cause="resettlement", pool=amounts.text(shares), owed="0"
    )


def cover(state: State, instrument: str, lot: str) -> Iterator[Event]:
    """Give a free lot, as far as it is needed, to the pool, and then to what is owed."""
    book = state.book_of(instrument)
    needed = book.deficit + book.owed_for_good
    if book.lots[lot].shares > needed:
        parts = split(book, instrument, lot, needed)
        yield parts
        lot = parts.parts[0].lot
    shares = book.lots[lot].shares
    to_pool = min(shares, book.deficit)
    yield SharesCovered(
        instrument=instrument,
        lot=lot,
        cause="order",
        pool=amounts.text(to_pool),
        owed=amounts.text(shares - to_pool),
    )


def deficit_is(state: State, event: DeficitOpened | DeficitChanged) -> None:
    """Remember the deficit's size."""
    state.book_of(event.instrument).deficit = amounts.parse(event.shares)


def deficit_closed(state: State, event: DeficitClosed) -> None:
    """Nothing is missing, whoever filled it."""
    book = state.book_of(event.instrument)
    book.deficit = 0
    book.short.clear()


def shares_covered(state: State, event: SharesCovered) -> None:
    """Dissolve the lot where it was needed."""
    book = state.book_of(event.instrument)
    lot = take(book, event.lot)
    forget(book, lot)
    pool = amounts.parse(event.pool)
    book.pool += pool
    book.pool_at[lot.place] = book.pool_at.get(lot.place, 0) + pool
    book.owed -= amounts.parse(event.owed)
    if event.cause == "resettlement" and lot.reference is not None:
        fill(book, lot.reference, pool)


EVOLVE = {
    DeficitOpened: deficit_is,
    DeficitChanged: deficit_is,
    DeficitClosed: deficit_closed,
    SharesCovered: shares_covered,
}
