"""Receipts: the chain's word on an operation closes it, once, as authorized or with a contradiction."""

from collections.abc import Generator, Iterator

from schemas import amounts
from schemas.envelope import Message
from schemas.events import HoldPlaced, MessageParked, MintFailed, MintFinalized, ReceiptRepeated
from schemas.messages import OperationSeenClosed, OperationSeenFinal
from schemas.registry import Event
from schemas.streams import partition_of
from workers.core.ids import derive
from workers.core.ledger import arrivals
from workers.core.ledger.holds import set_aside
from workers.core.ledger.in_flight import BridgeMint
from workers.core.ledger.minting import authorize, complete, wind_up
from workers.core.ledger.state import Given, InstrumentBook, Mint, State


def operation_seen_final(state: State, given: Given, message: Message) -> Iterator[Event]:
    """Close a mint with the chain's word that it happened."""
    seen = message.body
    assert isinstance(seen, OperationSeenFinal), "the message's type decides its body"
    instrument = message.instrument or ""
    mint = yield from _open_mint(state, given, message, seen, seen.transaction)
    if mint is None:
        return
    if amounts.parse(seen.units) != mint.units:
        text = f"mint {mint.mint} is of {amounts.text(mint.units)} units, the chain says {seen.units}"
        yield from set_aside(given, "receipt_contradicts", text)
        return
    if isinstance(mint, BridgeMint):
        yield from arrivals.arrived(instrument, mint, seen)
        return
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


def operation_seen_closed(state: State, given: Given, message: Message) -> Iterator[Event]:
    """Take a mint back that provably never happened; its lots come back, and it is tried again or held."""
    seen = message.body
    assert isinstance(seen, OperationSeenClosed), "the message's type decides its body"
    instrument = message.instrument or ""
    mint = yield from _open_mint(state, given, message, seen, None)
    if mint is None:
        return
    doubtful = _no_proof(seen, mint)
    if doubtful is not None:
        yield from set_aside(given, "receipt_contradicts", doubtful)
        return
    if isinstance(mint, BridgeMint):
        yield from arrivals.failed(state, instrument, mint, seen)
        return
    yield MintFailed(
        mint=mint.mint,
        issuance=mint.issuance,
        instrument=instrument,
        proof=seen.proof,
        block_height=seen.block_height,
        block_hash=seen.block_hash,
    )
    yield from _after_failure(state, instrument, state.book_of(instrument), mint)


def _open_mint(
    state: State,
    given: Given,
    message: Message,
    seen: OperationSeenFinal | OperationSeenClosed,
    closed_as: str | None,
) -> Generator[Event, None, Mint | BridgeMint | None]:
    """Return the open mint that a receipt is about; where there is none, yield what the receipt means."""
    if not (yield from speaks_for_its_account(state, message, seen.account)):
        return None
    book = state.book_of(message.instrument or "")
    if seen.record.seq <= book.reopened.get(seen.operation, 0):
        yield ReceiptRepeated(operation=seen.operation)
        return None
    if seen.operation in book.closed_mints:
        if (seen.kind, book.closed_mints[seen.operation]) == ("mint", closed_as):
            yield ReceiptRepeated(operation=seen.operation)
        else:
            text = f"mint {seen.operation} was closed otherwise"
            yield from set_aside(given, "receipt_contradicts", text)
        return None
    mint = book.mints.get(seen.operation) or book.in_flight.mints.get(seen.operation)
    if mint is None:
        yield from set_aside(given, "operation_unknown", f"nothing authorized {seen.kind} {seen.operation}")
        return None
    if (seen.kind, seen.chain, seen.account) != ("mint", mint.chain, mint.account):
        said = f"a {seen.kind} of {seen.account} on {seen.chain}"
        text = f"operation {seen.operation} is a mint of {mint.account} on {mint.chain}, not {said}"
        yield from set_aside(given, "receipt_contradicts", text)
        return None
    return mint


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


def _no_proof(seen: OperationSeenClosed, mint: Mint | BridgeMint) -> str | None:
    """Return why what was said does not prove that the mint can never happen, or None."""
    if seen.proof == "never_signed":
        return f"nobody asked mint {mint.mint} back" if mint.recall is None else None
    if seen.block_height is None or seen.block_hash is None or seen.block_time is None:
        return f"no final block proves {seen.proof} of mint {mint.mint}"
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
            text=f"part {mint.part} of issuance {mint.issuance} failed {mint.attempt} times",
        )
        return
    yield from authorize(state, instrument, issuance)


DECIDE = {"operation_seen_final": operation_seen_final, "operation_seen_closed": operation_seen_closed}
