"""Limits: what is minted at most, at once and on a day, and what two operators must approve first.

A day is the UTC day of the book's time. What failed on the day it was authorized counts no more.
"""

from collections.abc import Iterator

from schemas import amounts, instants
from schemas.events import ApprovalRequired, IssuanceApproved, IssuanceWaits
from schemas.events.limits import WaitReason
from schemas.limits import Limits
from schemas.registry import Event
from workers.core.ledger.collateral import OF_COLLATERAL
from workers.core.ledger.issued import Issuance, Mint
from workers.core.ledger.restrictions import DayTotals
from workers.core.ledger.state import InstrumentBook, State

OF_A_DAY = ("instrument_day_limit", "client_day_limit")


def smallest(limits: Limits | None) -> int | None:
    """Return the most shares that one issuance may be of, so that it can ever be minted whole."""
    if limits is None:
        return None
    each = (limits.mint_shares_max, limits.instrument_day_shares_max, limits.client_day_shares_max)
    return min((amounts.parse(limit) for limit in each if limit is not None), default=None)


def must_wait(state: State, instrument: str, issuance: Issuance, shares: int) -> IssuanceWaits | None:
    """Return which limit a mint of so many shares is above now."""
    limits = state.rules.limits_of(instrument)
    if limits is None:
        return None
    today = _on_day(state.book_of(instrument), _day(state))
    used: tuple[tuple[WaitReason, str | None, int], ...] = (
        ("mint_limit", limits.mint_shares_max, 0),
        ("instrument_day_limit", limits.instrument_day_shares_max, today.shares),
        ("client_day_limit", limits.client_day_shares_max, today.by_client.get(issuance.client, 0)),
    )
    for why, limit, minted in used:
        if limit is None or minted + shares <= amounts.parse(limit):
            continue
        return IssuanceWaits(
            issuance=issuance.issuance,
            instrument=instrument,
            why=why,
            needed=amounts.text(shares),
            available=amounts.text(max(0, amounts.parse(limit) - minted)),
            statement=None,
        )
    return None


def require_approval(state: State, instrument: str, issuance: Issuance) -> Iterator[Event]:
    """Say once that an issuance is larger than what is minted without a further approval."""
    limits = state.rules.limits_of(instrument)
    if issuance.approval is not None or limits is None or limits.approval_threshold_shares is None:
        return
    if issuance.shares <= amounts.parse(limits.approval_threshold_shares):
        return
    assert state.time is not None, "an issuance stands in a book that has a time"
    yield ApprovalRequired(
        issuance=issuance.issuance,
        instrument=instrument,
        shares=amounts.text(issuance.shares),
        threshold=limits.approval_threshold_shares,
        expires_at=instants.plus(state.time, limits.approval_expiry_seconds),
    )


def begin_day(state: State) -> None:
    """Let ticks look again at what waited for midnight."""
    for instrument in sorted(state.waiting_for_midnight):
        _look_again(state, instrument)


def _look_again(state: State, instrument: str) -> None:
    state.waiting_for_midnight.discard(instrument)
    book = state.book_of(instrument)
    book.take_up()
    for issuance in book.issuances.values():
        if issuance.waits_for in OF_A_DAY:
            issuance.waits_for = None


def count(book: InstrumentBook, mint: Mint) -> None:
    """Count an authorized mint on its day."""
    book.today = _on_day(book, mint.day)
    book.today.shares += mint.shares_in
    book.today.by_client[mint.client] = book.today.by_client.get(mint.client, 0) + mint.shares_in


def count_no_more(state: State, instrument: str, mint: Mint) -> None:
    """Let a mint that failed leave its day, if that is not over, and others take its room."""
    today = state.book_of(instrument).today
    if today.day != mint.day:
        return
    today.shares -= mint.shares_in
    today.by_client[mint.client] -= mint.shares_in
    if instrument in state.waiting_for_midnight:
        _look_again(state, instrument)


def _on_day(book: InstrumentBook, day: str) -> DayTotals:
    return book.today if book.today.day == day else DayTotals(day)


def _day(state: State) -> str:
    assert state.time is not None, "a book that mints has a time"
    return instants.day(state.time)


def issuance_waits(state: State, event: IssuanceWaits) -> None:
    """Remember that it was said, and that midnight matters."""
    state.book_of(event.instrument).issuances[event.issuance].waits_for = event.why
    if event.why in OF_A_DAY:
        state.waiting_for_midnight.add(event.instrument)
    if event.why in OF_COLLATERAL:
        state.waiting_for_collateral.add(event.instrument)


def approval_required(state: State, event: ApprovalRequired) -> None:
    """Let it expire where nobody approves in time."""
    issuance = state.book_of(event.instrument).issuances[event.issuance]
    issuance.approval, issuance.approve_by = "required", event.expires_at
    state.add_expiry(event.expires_at, event.instrument, event.issuance)


def issuance_approved(state: State, event: IssuanceApproved) -> None:
    """Let it be minted."""
    state.book_of(event.instrument).issuances[event.issuance].approval = "given"
    state.drop_settled_expiries()


EVOLVE = {
    IssuanceWaits: issuance_waits,
    ApprovalRequired: approval_required,
    IssuanceApproved: issuance_approved,
}
