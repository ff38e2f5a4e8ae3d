"""Burning: received tokens are burned, the rest is returned, and the chain's word closes both.

What a hold stops stands ready until it is gone; what one decision is too short for waits for a tick.
"""

from collections.abc import Iterator

from schemas import amounts, instants
from schemas.events import (
    BurnAuthorized,
    BurnFailed,
    BurnFinalized,
    HoldPlaced,
    ReturnAuthorized,
    ReturnFailed,
    ReturnFinalized,
)
from schemas.events.holds import HoldReason
from schemas.house import Token
from schemas.messages import OperationSeenClosed, OperationSeenFinal
from schemas.registry import Event
from workers.core.ids import burn_id, derive, transfer_id
from workers.core.ledger import collateral, multiplier
from workers.core.ledger.instructions import complete, instruct
from workers.core.ledger.redeeming import Burn, Finality, FinalOperation, Redemption, Transfer
from workers.core.ledger.redemption import deliverable
from workers.core.ledger.state import InstrumentBook, State

FINAL_OPERATIONS_KEPT = 4_096
"""Of each instrument: the final burns and returns that can still be opened again."""


def go_on(state: State, instrument: str) -> Iterator[Event]:
    """Authorize and instruct what stands ready, as far as one decision may reach and no hold stands."""
    book = state.book_of(instrument)
    ready = [(cause, wants) for cause in book.ready if (wants := book.wants(state.rules, cause))]
    for cause, wants in ready[: state.policy.events_per_decision_max]:
        if "burn" in wants:
            yield _burn(state, instrument, book.redemptions[cause])
        if "return" in wants:
            yield _return(state, instrument, cause)
        if "delivery" in wants:
            yield instruct(book, book.redemptions[cause])


def burn_final(
    state: State, instrument: str, burn: Burn, seen: OperationSeenFinal | Finality
) -> Iterator[Event]:
    """Promise the shares of the burned units, at the multiplier of this moment; the pool may be short."""
    book = state.book_of(instrument)
    redemption = book.redemptions[burn.redemption]
    per_unit = multiplier.current(state, instrument)
    worth = deliverable(burn.units, per_unit, redemption.increment)
    # A burn whose finality did not hold is final again: what it promised then is promised still.
    shares = max(0, worth - redemption.burned)
    pool = min(shares, book.pool)
    yield BurnFinalized(
        burn=burn.burn,
        redemption=burn.redemption,
        instrument=instrument,
        chain=seen.chain,
        units=seen.units,
        multiplier=amounts.text(per_unit),
        shares=amounts.text(shares),
        pool=amounts.text(pool),
        owed=amounts.text(shares - pool),
        transaction=seen.transaction,
        block_height=seen.block_height,
        block_hash=seen.block_hash,
    )
    yield from complete(state, instrument, redemption)


def burn_closed(state: State, instrument: str, burn: Burn, seen: OperationSeenClosed) -> Iterator[Event]:
    """Let a burn that provably never happened be authorized again, or hold."""
    yield BurnFailed(
        burn=burn.burn,
        redemption=burn.redemption,
        instrument=instrument,
        proof=seen.proof,
        block_height=seen.block_height,
        block_hash=seen.block_hash,
    )
    if burn.attempt >= state.policy.mint_attempts_max:
        text = f"the burn of redemption {burn.redemption} failed {burn.attempt} times"
        yield from _hold(state, instrument, "burn_failed_too_often", burn.burn, text)


def transfer_final(
    state: State, instrument: str, transfer: Transfer, seen: OperationSeenFinal | Finality
) -> Iterator[Event]:
    """Record that the units are back, and complete the redemption that waited for nothing else."""
    yield ReturnFinalized(
        transfer=transfer.transfer,
        cause=transfer.cause,
        instrument=instrument,
        chain=seen.chain,
        units=seen.units,
        transaction=seen.transaction,
        block_height=seen.block_height,
        block_hash=seen.block_hash,
    )
    redemption = state.book_of(instrument).redemptions.get(transfer.cause)
    if redemption is not None:
        yield from complete(state, instrument, redemption)


def transfer_closed(
    state: State, instrument: str, transfer: Transfer, seen: OperationSeenClosed
) -> Iterator[Event]:
    """Let a transfer that provably never happened be authorized again, or hold."""
    yield ReturnFailed(
        transfer=transfer.transfer,
        cause=transfer.cause,
        instrument=instrument,
        proof=seen.proof,
        block_height=seen.block_height,
        block_hash=seen.block_hash,
    )
    if transfer.attempt >= state.policy.mint_attempts_max:
        text = f"the return of {amounts.text(transfer.units)} units failed {transfer.attempt} times"
        yield from _hold(state, instrument, "return_failed_too_often", transfer.transfer, text)


def _burn(state: State, instrument: str, redemption: Redemption) -> BurnAuthorized:
    terms, token = redemption.terms, _token(state, instrument, redemption.terms.chain)
    attempt = redemption.burn_attempts + 1
    return BurnAuthorized(
        burn=burn_id(
            redemption=terms.redemption,
            attempt=attempt,
            chain=token.chain,
            token=token.token,
            units=terms.burn_units,
        ),
        redemption=terms.redemption,
        instrument=instrument,
        attempt=attempt,
        chain=token.chain,
        token=token.token,
        units=terms.burn_units,
        decimals=token.decimals,
        account=token.account,
        deadline=_deadline(state),
    )


def _return(state: State, instrument: str, cause: str) -> ReturnAuthorized:
    returned = state.book_of(instrument).returns[cause]
    token = _token(state, instrument, returned.chain)
    attempt, units = returned.attempts + 1, amounts.text(returned.units)
    return ReturnAuthorized(
        transfer=transfer_id(
            cause=cause,
            attempt=attempt,
            chain=token.chain,
            token=token.token,
            recipient=returned.recipient,
            units=units,
        ),
        cause=cause,
        instrument=instrument,
        attempt=attempt,
        chain=token.chain,
        token=token.token,
        recipient=returned.recipient,
        units=units,
        decimals=token.decimals,
        account=token.account,
        deadline=_deadline(state),
    )


def _token(state: State, instrument: str, chain: str) -> Token:
    token = state.rules.token(instrument, chain)
    assert token is not None, "tokens arrive of a registered token, and tokens stay"
    return token


def _deadline(state: State) -> str:
    assert state.time is not None, "a book that authorizes has a time"
    return instants.plus(state.time, state.policy.mint_deadline_seconds)


def _hold(
    state: State, instrument: str, reason: HoldReason, operation: str, text: str
) -> Iterator[HoldPlaced]:
    """Hold for an operation that failed too often; one that was closed twice may hold already."""
    hold = derive("hold", reason, operation)
    if hold in state.book_of(instrument).holds:
        return
    yield HoldPlaced(hold=hold, instrument=instrument, reason=reason, owner=operation, text=text, until=None)


def burn_authorized(state: State, event: BurnAuthorized) -> None:
    """Open the burn."""
    book = state.book_of(event.instrument)
    redemption = book.redemptions[event.redemption]
    redemption.burn, redemption.burn_attempts = event.burn, event.attempt
    book.burns[event.burn] = Burn(
        event.burn, event.redemption, event.attempt, event.chain, event.account, amounts.parse(event.units)
    )
    book.stand_ready(event.redemption)


def burn_finalized(state: State, event: BurnFinalized) -> None:
    """Take the units off the chain's supply, and promise their shares."""
    book = state.book_of(event.instrument)
    _keep_final(book, event.burn, book.burns.pop(event.burn), event)
    book.closed_operations[event.burn] = ("burn", event.transaction)
    book.supply[event.chain] = book.supply.get(event.chain, 0) - amounts.parse(event.units)
    shares = amounts.parse(event.shares)
    book.pool -= amounts.parse(event.pool)
    book.owed += amounts.parse(event.owed)
    book.promised += shares
    redemption = book.redemptions[event.redemption]
    collateral.leave(book, amounts.parse(event.pool), (redemption.terms.servicer, redemption.terms.account))
    redemption.stage, redemption.burn = "burned", None
    redemption.burned += shares
    redemption.to_instruct += shares
    book.stand_ready(event.redemption)


def burn_failed(state: State, event: BurnFailed) -> None:
    """Have the units burned again."""
    book = state.book_of(event.instrument)
    burn = book.burns.pop(event.burn)
    book.keep_closure(event.burn, burn, (event.block_height, event.block_hash))
    book.closed_operations[event.burn] = ("burn", None)
    book.redemptions[event.redemption].burn = None
    book.stand_ready(event.redemption)


def return_authorized(state: State, event: ReturnAuthorized) -> None:
    """Open the transfer."""
    book = state.book_of(event.instrument)
    returned = book.returns[event.cause]
    returned.transfer, returned.attempts = event.transfer, event.attempt
    if event.cause in book.redemptions:
        book.redemptions[event.cause].return_attempts = event.attempt
    book.transfers[event.transfer] = Transfer(
        event.transfer,
        event.cause,
        event.attempt,
        event.chain,
        event.account,
        event.recipient,
        amounts.parse(event.units),
    )
    book.stand_ready(event.cause)


def return_finalized(state: State, event: ReturnFinalized) -> None:
    """Nothing is to be returned any more."""
    book = state.book_of(event.instrument)
    attempts = book.returns.pop(event.cause).attempts
    _keep_final(book, event.transfer, book.transfers.pop(event.transfer), event, attempts)
    book.closed_operations[event.transfer] = ("transfer", event.transaction)


def _keep_final(
    book: InstrumentBook,
    name: str,
    operation: Burn | Transfer,
    event: BurnFinalized | ReturnFinalized,
    attempts: int = 0,
) -> None:
    book.final_operations[name] = FinalOperation(
        operation, event.transaction, event.block_height, event.block_hash, attempts
    )
    if len(book.final_operations) > FINAL_OPERATIONS_KEPT:
        book.final_operations.popitem(last=False)


def return_failed(state: State, event: ReturnFailed) -> None:
    """Have the units returned again."""
    book = state.book_of(event.instrument)
    transfer = book.transfers.pop(event.transfer)
    book.keep_closure(event.transfer, transfer, (event.block_height, event.block_hash))
    book.closed_operations[event.transfer] = ("transfer", None)
    book.returns[event.cause].transfer = None
    book.stand_ready(event.cause)


EVOLVE = {
    BurnAuthorized: burn_authorized,
    BurnFinalized: burn_finalized,
    BurnFailed: burn_failed,
    ReturnAuthorized: return_authorized,
    ReturnFinalized: return_finalized,
    ReturnFailed: return_failed,
}
