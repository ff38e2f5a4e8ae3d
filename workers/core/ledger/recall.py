"""Recalls: a hold or a cancellation asks the signing account to stop what is on its way (DESIGN 5.2).

A recall takes nothing back by itself: the lots stay in the pool until the account has closed the mint.
"""

from collections.abc import Iterator

from schemas.events import BridgeMintRecallRequested, MintRecallRequested
from schemas.registry import Event
from workers.core.ledger.state import State


def request_recalls(state: State, instrument: str) -> Iterator[Event]:
    """Ask for each open mint that is to stop, once, as many as one decision may; ticks ask for the rest."""
    book = state.book_of(instrument)
    for _ in range(state.policy.events_per_decision_max):
        due = book.recall_due(state.rules)
        if due is None:
            return
        mint, cause = due
        if mint in book.in_flight.mints:
            bridge = book.in_flight.mints[mint].bridge
            yield BridgeMintRecallRequested(mint=mint, bridge=bridge, instrument=instrument)
        else:
            issuance = book.mints[mint].issuance
            yield MintRecallRequested(mint=mint, issuance=issuance, instrument=instrument, cause=cause)


def mint_recall_requested(state: State, event: MintRecallRequested) -> None:
    """Remember that the account was asked, and why."""
    book = state.book_of(event.instrument)
    book.mints[event.mint].recall = event.cause
    book.forget_recall(event.mint)


def bridge_mint_recall_requested(state: State, event: BridgeMintRecallRequested) -> None:
    """Remember that the account was asked."""
    in_flight = state.book_of(event.instrument).in_flight
    in_flight.mints[event.mint].recall = "hold"
    in_flight.unasked.pop(event.mint, None)


EVOLVE = {
    MintRecallRequested: mint_recall_requested,
    BridgeMintRecallRequested: bridge_mint_recall_requested,
}
