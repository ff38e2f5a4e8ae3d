"""Receipts: the chain's word on an operation closes it, once, as authorized or with a contradiction."""

from collections.abc import Generator, Iterator

from schemas import amounts
from schemas.envelope import Message
from schemas.events import HoldPlaced, MessageParked, MintFailed, MintFinalized, ReceiptRepeated
from schemas.messages import OperationSeenClosed, OperationSeenFinal
from schemas.registry import Event
from schemas.streams import partition_of
from workers.core.ids import derive
from workers.core.ledger import arrivals, closures, places
from workers.core.ledger.burning import burn_closed, burn_final, transfer_closed, transfer_final
from workers.core.ledger.holds import set_aside
from workers.core.ledger.in_flight import BridgeMint
from workers.core.ledger.issued import Mint
from workers.core.ledger.minting import authorize, complete, wind_up
from workers.core.ledger.redeeming import Burn, Doubled, Transfer
from workers.core.ledger.state import Given, InstrumentBook, Operation, State


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
    elif _burns(operation) and operation.units > state.book_of(instrument).units_on(seen.chain):
        known = amounts.text(state.book_of(instrument).units_on(seen.chain))
        text = f"{seen.units} units were burned on {seen.chain}, where {known} can be"
        yield from set_aside(given, "receipt_contradicts", text)
    elif isinstance(operation, Doubled):
        yield closures.acted(instrument, operation, seen)
    elif isinstance(operation, Burn):
        yield from burn_final(state, instrument, operation, seen)
    elif isinstance(operation, Transfer):
        yield from transfer_final(state, instrument, operation, seen)
    elif isinstance(operation, BridgeMint):
        yield from arrivals.arrived(instrument, operation, seen)
    else:
        yield from _mint_final(state, instrument, operation, seen)


def operation_seen_closed(state: State, given: Given, message: Message) -> Iterator[Event]:
    """Take an operation back that provably never happened; it is tried again or held."""
    seen = message.body
    assert isinstance(seen, OperationSeenClosed), "the message's type decides its body"
    instrument = message.instrument or ""
    operation = yield from _open(state, given, message, seen, None)
    if operation is None:
        return
    doubtful = _no_proof(seen, operation)
    if doubtful is not None:
        yield from set_aside(given, "receipt_contradicts", doubtful)
    elif isinstance(operation, Doubled):
        yield closures.closed_again(instrument, operation, seen)
    elif isinstance(operation, Burn):
        yield from burn_closed(state, instrument, operation, seen)
        yield from places.resume(state, instrument)
    elif isinstance(operation, Transfer):
        yield from transfer_closed(state, instrument, operation, seen)
        yield from places.resume(state, instrument)
    elif isinstance(operation, BridgeMint):
        yield from arrivals.failed(state, instrument, operation, seen)
        yield from places.resume(state, instrument)
        yield from arrivals.after_failure(state, instrument, operation)
    else:
        yield from _mint_closed(state, instrument, operation, seen)


def _burns(operation: Operation) -> bool:
    return isinstance(operation, Burn) or (isinstance(operation, Doubled) and operation.kind == "burn")


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
    issuance = state.book_of(instrument).issuances.get(mint.issuance)
    if issuance is not None:
        yield from complete(state, instrument, issuance)


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
    if not (yield from speaks_for_its_account(state, message, seen.account)):
        return None
    book = state.book_of(message.instrument or "")
    if seen.record.seq <= book.reopened.get(seen.operation, 0):
        yield ReceiptRepeated(operation=seen.operation)
        return None
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


def speaks_for_its_account(state: State, message: Message, account: str) -> Generator[Event, None, bool]:
    """Return whether the message is decided here and is its signing account's; yield why where it is not."""
    instrument = message.instrument
    if instrument is None or partition_of(instrument, state.rules.partitions) != state.partition:
        yield MessageParked(code="misrouted", text=f"a receipt for {instrument} is not decided in this book")
        return False
    if message.sender != account:
        text = f"{message.sender} may not speak for the signing account {account}"
        yield MessageParked(code="sender_not_allowed", text=text)
        return False
    return True


def _no_proof(seen: OperationSeenClosed, operation: Operation) -> str | None:
    """Return why what was said does not prove that the operation can never happen, or None."""
    if seen.proof == "never_signed":
        asked_back = isinstance(operation, Mint | BridgeMint) and operation.recall is not None
        return None if asked_back else f"nobody asked {seen.kind} {seen.operation} back"
    if seen.block_height is None or seen.block_hash is None or seen.block_time is None:
        return f"no final block proves {seen.proof} of {seen.kind} {seen.operation}"
    return None


def _after_failure(state: State, instrument: str, book: InstrumentBook, mint: Mint) -> Iterator[Event]:
    issuance = book.issuances.get(mint.issuance)
    if issuance is None:
        return
    if issuance.ended is not None:
        yield from wind_up(state, instrument, issuance)
        return
    if mint.recall is None and mint.attempt >= state.policy.mint_attempts_max:
        yield HoldPlaced(
            hold=derive("hold", "mint_failed_too_often", mint.mint),
            instrument=instrument,
            reason="mint_failed_too_often",
            owner=mint.mint,
            text=f"part {mint.part} of issuance {mint.issuance} failed {mint.attempt} times",
            until=None,
        )
        return
    yield from authorize(state, instrument, issuance)


DECIDE = {"operation_seen_final": operation_seen_final, "operation_seen_closed": operation_seen_closed}
