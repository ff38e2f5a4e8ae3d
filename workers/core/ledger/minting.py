"""Minting: reserved lots dissolve into the pool, a signing account may mint, the chain's word closes it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from schemas import amounts, instants
from schemas.events import (
    IssuanceClosed,
    IssuanceCompleted,
    IssuanceFunded,
    IssuanceUnfunded,
    IssuanceWaits,
    MintAuthorized,
    MintFailed,
    MintFinalized,
    WorkPostponed,
)
from schemas.events.custody import MoveCause
from schemas.house import Token
from schemas.registry import Event
from workers.core.ids import mint_id
from workers.core.ledger import collateral, holds, limits, multiplier
from workers.core.ledger.issued import FinalMint, Issuance, Lot, Mint
from workers.core.ledger.lots import fill, forget, move, put
from workers.core.ledger.state import InstrumentBook, State

FINAL_MINTS_KEPT = 4_096
"""Of each instrument: the latest final mints, which a finality that does not hold can open again."""

_WHY_RELEASED: dict[str | None, MoveCause] = {
    None: "release",
    "expired": "expiry",
    "cancelled": "cancellation",
}


def authorize(state: State, instrument: str, issuance: Issuance) -> Iterator[Event]:
    """Mint from what is reserved, as far as the issuance lets a part be minted and no hold stands."""
    if issuance.is_over:
        yield from complete(state, instrument, issuance)
        return
    yield from unfund(instrument, issuance)
    if not issuance.funded and issuance.missing == 0:
        yield IssuanceFunded(issuance=issuance.issuance, instrument=instrument)
    yield from limits.require_approval(state, instrument, issuance)
    if issuance.approval == "required" or (issuance.partial == "wait" and not issuance.funded):
        return
    minted = 0
    while not is_held(state, instrument, issuance):
        lots = _next_lots(state, instrument, issuance, _usable(state, instrument, issuance))
        if not lots:
            yield from complete(state, instrument, issuance)
            return
        if minted == state.policy.events_per_decision_max:
            yield postpone(state, instrument, issuance)
            return
        wait = _must_wait(state, instrument, issuance, lots)
        if wait is not None:
            if issuance.waits_for != wait.why:
                yield wait
            return
        yield _mint(state, instrument, issuance, lots)
        minted += 1


def unfund(instrument: str, issuance: Issuance) -> Iterator[Event]:
    """Say so where an issuance that was funded misses shares again."""
    if issuance.funded and issuance.missing and not issuance.giving_back:
        yield IssuanceUnfunded(issuance=issuance.issuance, instrument=instrument)


def _must_wait(
    state: State, instrument: str, issuance: Issuance, lots: tuple[str, ...]
) -> IssuanceWaits | None:
    shares = sum(issuance.reserved[lot] for lot in lots)
    return limits.must_wait(state, instrument, issuance, shares) or collateral.must_wait(
        state, instrument, issuance, lots, _units(state, instrument, issuance, shares)
    )


def is_held(state: State, instrument: str, issuance: Issuance) -> bool:
    """Return whether a hold stops mints of this issuance."""
    wallet = (issuance.chain, issuance.recipient)
    return bool(
        holds.covering(state, instrument, chain=issuance.chain, client=issuance.client, wallet=wallet)
    )


def _usable(state: State, instrument: str, issuance: Issuance) -> Mapping[str, int]:
    """Return the reserved lots that no hold on their custody account stops, with their shares."""
    held, lots = state.rules.held_accounts(), state.book_of(instrument).lots
    if not held:
        return issuance.reserved
    usable = {lot: shares for lot, shares in issuance.reserved.items() if lots[lot].place not in held}
    # Who waits for all shares is not given some of them.
    return usable if issuance.partial == "parts" or len(usable) == len(issuance.reserved) else {}


def postpone(state: State, instrument: str, issuance: Issuance) -> WorkPostponed:
    """Return the event that has a tick go on, from the earliest issuance that waits."""
    book = state.book_of(instrument)
    if book.postponed is not None and book.postponed not in book.issuances:
        # What was to be taken up first is over; whoever waits behind it comes before this one.
        return WorkPostponed(instrument=instrument, issuance=next(iter(book.issuances)))
    waiting = (book.postponed, issuance.issuance)
    first = next(each for each in book.issuances if each in waiting)
    return WorkPostponed(instrument=instrument, issuance=first)


def _next_lots(
    state: State, instrument: str, issuance: Issuance, usable: Mapping[str, int]
) -> tuple[str, ...]:
    """Return the lots of the next part: as many as policy lets it name, and more where those are dust.

    None where all that is usable is worth less than one base amount.
    """
    lots_max = state.policy.events_per_decision_max
    lots: list[str] = []
    shares = 0
    for lot, of_lot in usable.items():
        if len(lots) >= lots_max and _units(state, instrument, issuance, shares):
            break
        lots.append(lot)
        shares += of_lot
    return tuple(lots) if _units(state, instrument, issuance, shares) else ()


def _units(state: State, instrument: str, issuance: Issuance, shares: int) -> int:
    per_unit = multiplier.current(state, instrument)
    return amounts.units_of(shares, per_unit, _token(state, instrument, issuance).decimals)


def _token(state: State, instrument: str, issuance: Issuance) -> Token:
    token = state.rules.token(instrument, issuance.chain)
    assert token is not None, "an accepted issuance names a token of its instrument, and tokens stay"
    return token


def _mint(state: State, instrument: str, issuance: Issuance, lots: tuple[str, ...]) -> MintAuthorized:
    """Return the authorization of the next part."""
    token = _token(state, instrument, issuance)
    shares_in = sum(issuance.reserved[lot] for lot in lots)
    units = _units(state, instrument, issuance, shares_in)
    part = next(iter(issuance.failed), issuance.parts + 1)
    attempt = issuance.failed.get(part, 0) + 1
    assert state.time is not None, "a book that mints has a time"
    return MintAuthorized(
        mint=mint_id(
            issuance=issuance.issuance,
            part=part,
            attempt=attempt,
            chain=token.chain,
            token=token.token,
            recipient=issuance.recipient,
            units=amounts.text(units),
        ),
        issuance=issuance.issuance,
        instrument=instrument,
        part=part,
        attempt=attempt,
        chain=token.chain,
        token=token.token,
        recipient=issuance.recipient,
        units=amounts.text(units),
        decimals=token.decimals,
        multiplier=amounts.text(multiplier.current(state, instrument)),
        lots=lots,
        shares_in=amounts.text(shares_in),
        account=token.account,
        deadline=instants.plus(state.time, state.policy.mint_deadline_seconds),
    )


def complete(state: State, instrument: str, issuance: Issuance) -> Iterator[Event]:
    """Close an issuance when nothing of it is on its way any more.

    Reserved lots that are together worth less than one base amount can never be minted: they go back.
    """
    if issuance.mints:
        return
    if not issuance.is_over and (
        issuance.missing or _next_lots(state, instrument, issuance, issuance.reserved)
    ):
        return
    yield from release_reserved(state, instrument, issuance)
    if issuance.reserved:
        return
    closing = IssuanceCompleted if issuance.ended is None else IssuanceClosed
    yield closing(
        issuance=issuance.issuance,
        instrument=instrument,
        units=amounts.text(issuance.minted_units),
        shares=amounts.text(issuance.minted_shares),
    )


def wind_up(state: State, instrument: str, issuance: Issuance) -> Iterator[Event]:
    """Give an ended issuance's lots back at once, and close it when no mint of it is on its way."""
    yield from release_reserved(state, instrument, issuance)
    if not issuance.reserved:
        yield from complete(state, instrument, issuance)


def release_reserved(state: State, instrument: str, issuance: Issuance) -> Iterator[Event]:
    """Give lots back, as many as one decision may: to free what was free, to unassigned what was that."""
    book = state.book_of(instrument)
    cause = _WHY_RELEASED[issuance.ended]
    lots = tuple(issuance.reserved)
    for lot in lots[: state.policy.events_per_decision_max]:
        yield move(book, instrument, lot, book.lots[lot].reserved_from, cause)
    if issuance.reserved:
        yield postpone(state, instrument, issuance)


def mint_authorized(state: State, event: MintAuthorized) -> None:
    """Dissolve the lots into the pool and open the mint."""
    book = state.book_of(event.instrument)
    issuance = book.issuances[event.issuance]
    lots = tuple(book.lots.pop(lot) for lot in event.lots)
    for lot in lots:
        del issuance.reserved[lot.lot]
        book.pool_at[lot.place] = book.pool_at.get(lot.place, 0) + lot.shares
    shares_in = amounts.parse(event.shares_in)
    book.pool += shares_in
    book.authorized += amounts.parse(event.units)
    issuance.in_pool += shares_in
    issuance.mints.add(event.mint)
    issuance.parts = max(issuance.parts, event.part)
    issuance.failed.pop(event.part, None)
    issuance.waits_for = None
    book.mints[event.mint] = Mint(
        event.mint,
        event.issuance,
        event.part,
        event.attempt,
        issuance.client,
        issuance.recipient,
        event.chain,
        event.account,
        amounts.parse(event.units),
        "" if state.time is None else instants.day(state.time),
        event.deadline,
        lots,
        shares_in,
    )
    book.unasked[event.mint] = None
    limits.count(book, book.mints[event.mint])
    collateral.changed(state, event.instrument)


def mint_finalized(state: State, event: MintFinalized) -> None:
    """Count the units as supply."""
    book = state.book_of(event.instrument)
    mint = _close(book, event.mint, event.transaction)
    book.final_mints[event.mint] = FinalMint(mint, event.transaction, event.block_height, event.block_hash)
    if len(book.final_mints) > FINAL_MINTS_KEPT:
        book.final_mints.popitem(last=False)
    book.supply[event.chain] = book.supply.get(event.chain, 0) + mint.units
    for lot in mint.lots:
        forget(book, lot)
    issuance = book.issuances.get(event.issuance)
    if issuance is None:
        return
    issuance.mints.discard(event.mint)
    issuance.minted_shares += mint.shares_in
    issuance.minted_units += mint.units


def mint_failed(state: State, event: MintFailed) -> None:
    """Bring the same lots back, reserved as they were, without the shares that were taken meanwhile.

    What was taken and has settled again since is in the pool, and comes back with its lot. Where a delivery
    emptied the pool, no more comes back than is there. Where the issuance is over, they are as before it.
    """
    book = state.book_of(event.instrument)
    mint = _close(book, event.mint, None)
    book.keep_closure(event.mint, mint, (event.block_height, event.block_hash))
    limits.count_no_more(state, event.instrument, mint)
    collateral.changed(state, event.instrument)
    issuance = book.issuances.get(event.issuance)
    if issuance is None:
        for lot, back in _coming_back(book, mint):
            put(book, replace(lot, shares=back, state=lot.reserved_from, issuance=None))
        return
    issuance.mints.discard(event.mint)
    issuance.in_pool -= mint.shares_in
    issuance.failed[mint.part] = mint.attempt
    lacking = mint.shares_in
    for lot, back in _coming_back(book, mint):
        lacking -= back
        book.lots[lot.lot] = replace(lot, shares=back)
        issuance.reserved[lot.lot] = back
    if issuance.funding == "treasury" and issuance.ended is None:
        book.treasury_owed += lacking


def _coming_back(book: InstrumentBook, mint: Mint) -> Iterator[tuple[Lot, int]]:
    """Take what comes back of a mint's lots out of the pool; yield each that is not gone, and its shares."""
    for lot in mint.lots:
        gone = _gone(book, lot, mint.taken.get(lot.lot, 0))
        back = min(lot.shares - gone, book.pool)
        book.pool -= back
        book.pool_at[lot.place] = book.pool_at.get(lot.place, 0) - back
        if back == 0:
            forget(book, lot)
            continue
        yield lot, back


def _gone(book: InstrumentBook, lot: Lot, taken: int) -> int:
    """Return how much of a consumed lot was taken and did not settle again; it is no longer short."""
    if lot.reference is None or lot.reference not in book.references:
        return taken
    gone = min(taken, book.short.get(lot.reference, 0))
    fill(book, lot.reference, gone)
    return gone


def _close(book: InstrumentBook, name: str, closed_as: str | None) -> Mint:
    mint = book.mints.pop(name)
    book.closed_mints[name] = closed_as
    book.authorized -= mint.units
    book.forget_recall(name)
    return mint


EVOLVE = {MintAuthorized: mint_authorized, MintFinalized: mint_finalized, MintFailed: mint_failed}
