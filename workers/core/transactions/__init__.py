"""Deciding a signing account's book.

A mint is taken once. A transaction is signed again only when every earlier one provably does nothing any
more, and a mint is closed once: either confirmed by the guard at finality, or closed by a proof.
"""

from collections.abc import Callable, Iterator
from typing import Any

from schemas import amounts
from schemas.events import (
    MintClosed,
    MintConfirmed,
    MintTaken,
    TransactionDead,
    TransactionIncluded,
    TransactionReorganized,
    TransactionReverted,
    TransactionSent,
    TransactionSigned,
)
from schemas.registry import Event
from workers.core.transactions.state import Attempt, AttemptStatus, Observation, OpenMint, State, Work


def initial() -> State:
    """Return the state of a book without records."""
    return State()


def decide(state: State, given: Work | Observation) -> Iterator[Event]:
    """Take work on, or record an observation where it is news."""
    if isinstance(given, Observation):
        if _is_news(state, given.event):
            yield given.event
        return
    authorized = given.authorized
    if state.knows(authorized.mint):
        return
    yield MintTaken(
        mint=authorized.mint,
        chain=authorized.chain,
        token=authorized.token,
        recipient=authorized.recipient,
        units=authorized.units,
        decimals=authorized.decimals,
        deadline=authorized.deadline,
    )
    yield TransactionSigned(
        mint=authorized.mint,
        attempt=1,
        transaction=given.transaction,
        data=given.data,
        valid_until=given.valid_until,
    )


def evolve(state: State, event: Event) -> None:
    """Apply an event."""
    handler = _EVOLVE.get(type(event))
    if handler is not None:
        handler(state, event)


def _is_news(state: State, event: Event) -> bool:
    mint = state.open.get(event.mint)
    if mint is None:
        return False
    if isinstance(event, MintConfirmed | MintClosed):
        return True
    if isinstance(event, TransactionSigned):
        return all(attempt.over for attempt in mint.attempts) and event.attempt == len(mint.attempts) + 1
    attempt = _attempt(mint, event.transaction)
    return attempt is not None and _FOLLOWS[type(event)](attempt, event)


def _attempt(mint: OpenMint, transaction: str) -> Attempt | None:
    return next((each for each in mint.attempts if each.transaction == transaction), None)


_FOLLOWS: dict[type, Callable[[Attempt, Any], bool]] = {
    TransactionSent: lambda attempt, _: attempt.status == "signed",
    TransactionIncluded: lambda attempt, event: not attempt.over and attempt.block_hash != event.block_hash,
    TransactionReorganized: lambda attempt, _: attempt.status == "included",
    TransactionReverted: lambda attempt, _: not attempt.over,
    TransactionDead: lambda attempt, _: not attempt.over,
}


def _mint_taken(state: State, event: MintTaken) -> None:
    state.open[event.mint] = OpenMint(
        event.mint,
        event.chain,
        event.token,
        event.recipient,
        amounts.parse(event.units),
        event.decimals,
        event.deadline,
    )


def _transaction_signed(state: State, event: TransactionSigned) -> None:
    attempt = Attempt(event.transaction, event.data, event.valid_until)
    state.open[event.mint].attempts.append(attempt)


def _becomes(status: AttemptStatus) -> Callable[[State, Any], None]:
    def apply(state: State, event: Any) -> None:  # noqa: ANN401 - any event of a transaction
        attempt = _attempt(state.open[event.mint], event.transaction)
        assert attempt is not None, "the decision knew the transaction"
        attempt.status = status
        attempt.block_hash = getattr(event, "block_hash", None)

    return apply


def _closed(state: State, event: MintConfirmed | MintClosed) -> None:
    del state.open[event.mint]
    state.outcomes[event.mint] = event


_EVOLVE: dict[type, Callable[[State, Any], None]] = {
    MintTaken: _mint_taken,
    TransactionSigned: _transaction_signed,
    TransactionSent: _becomes("sent"),
    TransactionIncluded: _becomes("included"),
    TransactionReorganized: _becomes("sent"),
    TransactionReverted: _becomes("reverted"),
    TransactionDead: _becomes("dead"),
    MintConfirmed: _closed,
    MintClosed: _closed,
}

__all__ = ["Observation", "State", "Work", "decide", "evolve", "initial"]
