"""Receipts: the chain's word on an operation closes it, once, as authorized or with a contradiction."""

from collections.abc import Generator, Iterator

from schemas import amounts
from schemas.envelope import Message
from schemas.events import HoldPlaced, MessageParked, MintFailed, MintFinalized, ReceiptRepeated
from schemas.messages import OperationSeenClosed, OperationSeenFinal
from schemas.registry import Event
from schemas.streams import partition_of
from workers.core.ids import derive
from workers.core.ledger.burning import burn_closed, burn_final, transfer_closed, transfer_final
from workers.core.ledger.holds import set_aside
from workers.core.ledger.minting import authorize, complete, wind_up
from workers.core.ledger.redeeming import Burn, Transfer
from workers.core.ledger.state import Given, InstrumentBook, Mint, State

Operation = Mint | Burn | Transfer


def operation_seen_final(state: State, given: Given, message: Message) -> Iterator[Event]:
    """Close an operation with the chain's word that it happened."""
    seen = message.body
    assert isinstance(seen, OperationSeenFinal), "the message's type decides its body"
    instrument = message.instrument or ""
    operation = yield from _open(state, given, message, seen, seen.transaction)
    if operation is None:
        return
    if amounts.parse(seen.units) != operation.units:
        authorized = f"{seen.kind} {seen.operation} is of {amounts.text(operation.units)} units"
        yield from set_aside(given, "receipt_contradicts", f"{authorized}, the chain says {seen.units}")
    elif isinstance(operation, Burn):
        yield from burn_final(state, instrument, operation, seen)
    elif isinstance(operation, Transfer):
        yield from transfer_final(state, instrument, operation, seen)
    else:
        yield from _mint_final(state, instrument, operation, seen)


def operation_seen_closed(state: State, given: Given, message: Message) -> Iterator[Event]:
    """Take an operation back that provably never happened; it is tried again or held."""
    seen = message.body
    assert isinstance(seen, OperationSeenClosed), "the message's type decides its body"
    instrument = message.instrument or ""
    operation = yield from _open(state, given, message, seen, None)
    if isinstance(operation, Burn):
        yield from burn_closed(state, instrument, operation, seen)
    elif isinstance(operation, Transfer):
        yield from transfer_closed(state, instrument, operation, seen)
    elif operation is not None:
        yield from _mint_closed(state, instrument, operation, seen)


def _mint_final(state: State, instrument: str, mint: Mint, seen: OperationSeenFinal) -> Iterator[Event]:
    yield MintFinalized(
        mint=mint.mint,
        issuance=mint.issuance,
        instrument=instrument,
        chain=seen.chain,
        units=seen.units,
        transaction=seen.transaction,
        block_height=seen.block_height,
        block_hash=seen.block_hash,
    )
    yield from complete(state, instrument, state.book_of(instrument).issuances[mint.issuance])


def _mint_closed(state: State, instrument: str, mint: Mint, seen: OperationSeenClosed) -> Iterator[Event]:
    """Bring the mint's lots back."""
    yield MintFailed(
        mint=mint.mint,
        issuance=mint.issuance,
        instrument=instrument,
        proof=seen.proof,
        block_height=seen.block_height,
        block_hash=seen.block_hash,
    )
    yield from _after_failure(state, instrument, state.book_of(instrument), mint)


def _open(
    state: State,
    given: Given,
    message: Message,
    seen: OperationSeenFinal | OperationSeenClosed,
    closed_as: str | None,
) -> Generator[Event, None, Operation | None]:
    """Return the open operation that a receipt is about; where there is none, yield what it means."""
    instrument = message.instrument
    if instrument is None or partition_of(instrument, state.rules.partitions) != state.partition:
        yield MessageParked(code="misrouted", text=f"a receipt for {instrument} is not decided in this book")
        return None
    if message.sender != seen.account:
        text = f"{message.sender} may not speak for the signing account {seen.account}"
        yield MessageParked(code="sender_not_allowed", text=text)
        return None
    book = state.book_of(instrument)
    closed = book.closed_operation(seen.operation)
    if closed is not None:
        if closed == (seen.kind, closed_as):
            yield ReceiptRepeated(operation=seen.operation)
        else:
            text = f"{closed[0]} {seen.operation} was closed otherwise"
            yield from set_aside(given, "receipt_contradicts", text)
        return None
    found = book.open_operation(seen.operation)
    if found is None:
        yield from set_aside(given, "operation_unknown", f"nothing authorized {seen.kind} {seen.operation}")
        return None
    kind, operation = found
    if (seen.kind, seen.chain, seen.account) != (kind, operation.chain, operation.account):
        said = f"a {seen.kind} of {seen.account} on {seen.chain}"
        authorized = f"a {kind} of {operation.account} on {operation.chain}"
        text = f"operation {seen.operation} is {authorized}, not {said}"
        yield from set_aside(given, "receipt_contradicts", text)
        return None
    return operation


def _after_failure(state: State, instrument: str, book: InstrumentBook, mint: Mint) -> Iterator[Event]:
    issuance = book.issuances[mint.issuance]
    if issuance.expired:
        yield from wind_up(state, instrument, issuance)
        return
    if mint.attempt >= state.policy.mint_attempts_max:
        yield HoldPlaced(
            hold=derive("hold", "mint_failed_too_often", mint.mint),
            instrument=instrument,
            reason="mint_failed_too_often",
            text=f"part {mint.part} of issuance {mint.issuance} failed {mint.attempt} times",
        )
        return
    yield from authorize(state, instrument, issuance)


DECIDE = {"operation_seen_final": operation_seen_final, "operation_seen_closed": operation_seen_closed}
