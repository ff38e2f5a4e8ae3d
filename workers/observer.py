"""Observing one operation on its chain: what the guard and the transaction's fate prove, and nothing more."""

from collections.abc import Iterator
from typing import Any

from schemas import amounts, instants
from schemas.envelope import Message
from schemas.events import (
    ClosureReopened,
    OperationClosed,
    OperationConfirmed,
    OperationReopened,
    TransactionDead,
    TransactionIncluded,
    TransactionReorganized,
    TransactionReverted,
)
from schemas.messages import (
    Body,
    ClosureSeenContradicted,
    FinalitySeenContradicted,
    OperationSeenClosed,
    OperationSeenFinal,
    RecordName,
)
from schemas.registry import Event
from workers.chains.base import Block, Chain, Fate, Guard, SignedTransaction
from workers.core.transactions.state import Attempt, OpenOperation, State

_LAST = ("finalized", "reverted", "dead")


def observe(chain: Chain, operation: OpenOperation) -> Iterator[Event]:
    """Yield what the chain says of an operation now; unknown says nothing, and is never taken for failed."""
    alive = [(each, chain.fate(_signed(each))) for each in operation.attempts if not each.over]
    final = chain.finalized()
    for attempt, fate in alive:
        yield from _transaction_events(operation, attempt, fate, final)
    past_deadline = final.timestamp > instants.epoch_seconds(operation.taken.deadline)
    some_are_over = len(alive) < len(operation.attempts)
    if past_deadline or some_are_over or any(fate.state in _LAST for _, fate in alive):
        yield from _guard_events(operation, chain.guard(operation.taken.operation))


def last_words_stand(chain: Chain, state: State) -> bool:
    """Return whether the latest block that closed or confirmed an operation, and all before it, stand.

    `ChainUnavailable` where the chain is lower than that now: nothing can be said of it.
    """
    outcomes = (state.outcomes[name] for name in (*state.final, *state.closed))
    blocks = [(each.block_height, each.block_hash) for each in outcomes if each.block_height is not None]
    if not blocks:
        return True
    height, block_hash = max(blocks, key=lambda block: block[0])
    return chain.block(height).hash == block_hash


def observe_again(chain: Chain, state: State) -> Iterator[Event]:
    """Yield the operations whose last word was in a block that is not the final one at its height now."""
    final = chain.finalized()
    blocks: dict[int, Block] = {}
    for name in [*state.final, *state.closed]:
        outcome = state.outcomes[name]
        height = outcome.block_height
        if height is None or height > final.height:
            continue
        block = blocks[height] = blocks.get(height) or chain.block(height)
        if block.hash != outcome.block_hash:
            yield _reopening(outcome, block)


def _reopening(outcome: OperationConfirmed | OperationClosed, now: Block) -> Event:
    assert outcome.block_hash is not None, "a block has a hash"
    if isinstance(outcome, OperationConfirmed):
        return OperationReopened(
            operation=outcome.operation,
            kind=outcome.kind,
            transaction=outcome.transaction,
            block_height=now.height,
            block_hash=outcome.block_hash,
            hash_now=now.hash,
        )
    assert outcome.proof != "never_signed", "what was never signed has no block"
    return ClosureReopened(
        operation=outcome.operation,
        kind=outcome.kind,
        proof=outcome.proof,
        block_height=now.height,
        block_hash=outcome.block_hash,
        hash_now=now.hash,
    )


def _transaction_events(
    operation: OpenOperation, attempt: Attempt, fate: Fate, final: Block
) -> Iterator[Event]:
    names = {"operation": operation.taken.operation, "transaction": attempt.transaction}
    block = fate.block
    if fate.state == "included" and block is not None:
        yield TransactionIncluded(**names, block_height=block.height, block_hash=block.hash)
    if fate.state == "unknown" and attempt.status == "included":
        yield TransactionReorganized(**names)
    if fate.state == "reverted" and block is not None:
        yield TransactionReverted(**names, block_height=block.height, block_hash=block.hash)
    if fate.state == "dead":
        yield TransactionDead(**names, final_height=final.height)


def _guard_events(operation: OpenOperation, guard: Guard) -> Iterator[Event]:
    """Close the operation by its guard, read at finality: done, cancelled, or unused past the deadline."""
    taken = operation.taken
    if guard.state == "done":
        assert guard.kind is not None, "a used guard says by what"
        assert guard.transaction is not None, "and names its transaction"
        assert guard.block is not None, "and its block"
        yield OperationConfirmed(
            operation=taken.operation,
            kind=guard.kind,
            transaction=guard.transaction,
            units=amounts.text(amounts.from_base_amount(guard.base_amount or 0, taken.decimals)),
            adopted=all(each.transaction != guard.transaction for each in operation.attempts),
            block_height=guard.block.height,
            block_hash=guard.block.hash,
        )
        return
    past_deadline = guard.at.timestamp > instants.epoch_seconds(taken.deadline)
    if guard.state == "cancelled" or past_deadline:
        yield OperationClosed(
            operation=taken.operation,
            kind=taken.kind,
            proof="guard_cancelled" if guard.state == "cancelled" else "deadline_passed",
            block_height=guard.at.height,
            block_hash=guard.at.hash,
            block_time=instants.from_epoch_seconds(guard.at.timestamp),
        )


def receipt(
    outcome: OperationConfirmed | OperationClosed,
    *,
    account: str,
    chain: str,
    instrument: str,
    record: RecordName,
    received_at: str,
) -> Message:
    """Return the inbox message that tells the ledger of an operation's outcome."""
    if isinstance(outcome, OperationConfirmed):
        name = "operation_seen_final"
        body: OperationSeenFinal | OperationSeenClosed = OperationSeenFinal(
            operation=outcome.operation,
            kind=outcome.kind,
            account=account,
            chain=chain,
            units=outcome.units,
            transaction=outcome.transaction,
            block_height=outcome.block_height,
            block_hash=outcome.block_hash,
            record=record,
        )
    else:
        name = "operation_seen_closed"
        body = OperationSeenClosed(
            operation=outcome.operation,
            kind=outcome.kind,
            account=account,
            chain=chain,
            proof=outcome.proof,
            block_height=outcome.block_height,
            block_hash=outcome.block_hash,
            block_time=outcome.block_time,
            record=record,
        )
    return _message(name, body, account=account, instrument=instrument, received_at=received_at)


def contradiction(
    reopened: OperationReopened | ClosureReopened,
    *,
    account: str,
    chain: str,
    instrument: str,
    record: RecordName,
    received_at: str,
) -> Message:
    """Return the inbox message that tells the ledger that a finality did not hold."""
    said: dict[str, Any] = {
        "operation": reopened.operation,
        "kind": reopened.kind,
        "account": account,
        "chain": chain,
        "block_height": reopened.block_height,
        "block_hash": reopened.block_hash,
        "hash_now": reopened.hash_now,
        "record": record,
    }
    if isinstance(reopened, OperationReopened):
        name = "finality_contradicted"
        body: Body = FinalitySeenContradicted(transaction=reopened.transaction, **said)
    else:
        name, body = "closure_contradicted", ClosureSeenContradicted(**said)
    return _message(name, body, account=account, instrument=instrument, received_at=received_at)


def _message(name: str, body: Body, *, account: str, instrument: str, received_at: str) -> Message:
    return Message(
        type=name,
        received_at=received_at,
        sender=account,
        instrument=instrument,
        evidence=None,
        reader=None,
        body=body,
    )


def _signed(attempt: Attempt) -> SignedTransaction:
    return SignedTransaction(
        hash=attempt.transaction, data=bytes.fromhex(attempt.data), valid_until=attempt.valid_until
    )
