"""Finality contradicted: a block that was final is gone, and what it made final is open again (DESIGN 7)."""

from collections.abc import Callable, Iterator
from typing import Any

from schemas import amounts
from schemas.envelope import Message
from schemas.events import (
    BridgeFinalityContradicted,
    BurnReopened,
    DoubleReopened,
    FinalityContradicted,
    HoldPlaced,
    ReceiptRepeated,
    ReturnReopened,
)
from schemas.events.transactions import OperationKind
from schemas.identifiers import SENTENCE_MAX
from schemas.messages import (
    ClosureSeenContradicted,
    FinalitySeenContradicted,
    SightingSeenContradicted,
)
from schemas.registry import Event
from workers.core.ids import derive
from workers.core.ledger.holds import set_aside
from workers.core.ledger.in_flight import BridgeMint, FinalBridgeMint
from workers.core.ledger.issued import FinalMint
from workers.core.ledger.receipts import speaks_for_its_account
from workers.core.ledger.redeeming import Burn, Doubled, FinalOperation, Return, Transfer
from workers.core.ledger.state import Given, InstrumentBook, Operation, State
from workers.core.ledger.withdrawals import withdrawn

Final = FinalMint | FinalBridgeMint | FinalOperation


def finality_contradicted(state: State, given: Given, message: Message) -> Iterator[Event]:
    """Open a final operation again, and hold the instrument: people look before any other."""
    seen = message.body
    assert isinstance(seen, FinalitySeenContradicted), "the message's type decides its body"
    if not (yield from speaks_for_its_account(state, message, seen.account)):
        return
    instrument = message.instrument or ""
    book = state.book_of(instrument)
    if seen.record.seq <= book.reopened.get(seen.operation, 0):
        yield ReceiptRepeated(operation=seen.operation)
        return
    unheard = withdrawn(book, instrument, seen)
    if unheard is not None:
        yield unheard
        return
    final = _final(book, seen.operation)
    if final is None or not _is_of(seen, final):
        yield from set_aside(
            given, "receipt_contradicts", f"{seen.kind} {seen.operation} was not final like this"
        )
        return
    yield _reopening(instrument, final, seen)
    yield hold(instrument, seen.operation, seen)


def hold(
    instrument: str,
    owner: str,
    seen: FinalitySeenContradicted | ClosureSeenContradicted | SightingSeenContradicted,
) -> HoldPlaced:
    """Return the hold of what a block that is gone had made final, an operation or a sighting."""
    text = f"block {seen.block_height} of {seen.chain} was {seen.block_hash}, and is {seen.hash_now}"
    return HoldPlaced(
        hold=derive("hold", "finality_contradicted", owner, seen.record.seq),
        instrument=instrument,
        reason="finality_contradicted",
        owner=owner,
        text=text[:SENTENCE_MAX],
        until=None,
    )


def _is_of(seen: FinalitySeenContradicted, final: Final) -> bool:
    said = (seen.kind, seen.account, seen.chain, seen.transaction, seen.block_height, seen.block_hash)
    kind, operation = _operation_of(final)
    known = (operation.account, operation.chain, final.transaction, final.block_height, final.block_hash)
    return said == (kind, *known) and seen.hash_now != seen.block_hash


def _final(book: InstrumentBook, operation: str) -> Final | None:
    return (
        book.final_mints.get(operation)
        or book.final_operations.get(operation)
        or book.in_flight.final_mints.get(operation)
    )


def _operation_of(final: Final) -> tuple[OperationKind, Operation]:
    if isinstance(final, FinalOperation) and isinstance(final.operation, Doubled):
        return final.operation.kind, final.operation
    if isinstance(final, FinalMint | FinalBridgeMint):
        return "mint", final.mint
    return "burn" if isinstance(final.operation, Burn) else "transfer", final.operation


def _reopening(instrument: str, final: Final, seen: FinalitySeenContradicted) -> Event:
    """Return the event that takes the finality back."""
    operation = _operation_of(final)[1]
    said: dict[str, Any] = {
        "instrument": instrument,
        "chain": operation.chain,
        "units": amounts.text(operation.units),
        "transaction": seen.transaction,
        "block_height": seen.block_height,
        "block_hash": seen.block_hash,
        "hash_now": seen.hash_now,
        "account_seq": seen.record.seq,
    }
    if isinstance(operation, Doubled):
        return DoubleReopened(operation=operation.operation, kind=operation.kind, **said)
    if isinstance(operation, Burn):
        return BurnReopened(burn=operation.burn, redemption=operation.redemption, **said)
    if isinstance(operation, Transfer):
        return ReturnReopened(transfer=operation.transfer, cause=operation.cause, **said)
    if isinstance(operation, BridgeMint):
        return BridgeFinalityContradicted(
            mint=operation.mint, bridge=operation.bridge, leg=operation.leg, **said
        )
    return FinalityContradicted(mint=operation.mint, issuance=operation.issuance, **said)


def mint_reopened(state: State, event: FinalityContradicted) -> None:
    """Take the units out of supply and open the mint again."""
    book = state.book_of(event.instrument)
    mint = book.final_mints.pop(event.mint).mint
    del book.closed_mints[event.mint]
    book.reopened[event.mint] = event.account_seq
    mint.recall = None
    book.mints[event.mint] = mint
    book.unasked[event.mint] = None
    book.supply[event.chain] -= mint.units
    book.authorized += mint.units
    for lot in mint.lots:
        if lot.lot != lot.origin:
            book.parts.setdefault(lot.origin, {})[lot.lot] = None
    issuance = book.issuances.get(event.issuance)
    if issuance is None:
        return
    issuance.mints.add(event.mint)
    issuance.minted_shares -= mint.shares_in
    issuance.minted_units -= mint.units
    if issuance.ended == "cancelled":
        book.cancelled_mints[event.mint] = None


def burn_reopened(state: State, event: BurnReopened) -> None:
    """Count the units again and open the burn; what it promised stays promised, and a deficit says so."""
    book = state.book_of(event.instrument)
    burn = _reopen(book, event.burn, event.account_seq)
    assert isinstance(burn, Burn), "the event's type says what was final"
    book.burns[event.burn] = burn
    book.supply[event.chain] = book.supply.get(event.chain, 0) + burn.units
    redemption = book.redemptions[event.redemption]
    redemption.stage, redemption.burn = "received", event.burn
    book.stand_ready(event.redemption)


def return_reopened(state: State, event: ReturnReopened) -> None:
    """Open the transfer; the redemption that it is of is complete no more."""
    book = state.book_of(event.instrument)
    attempts = book.final_operations[event.transfer].attempts
    transfer = _reopen(book, event.transfer, event.account_seq)
    assert isinstance(transfer, Transfer), "the event's type says what was final"
    book.transfers[event.transfer] = transfer
    book.returns[event.cause] = Return(
        transfer.chain, transfer.recipient, transfer.units, attempts, transfer.transfer
    )
    redemption = book.redemptions.get(event.cause)
    if redemption is not None and redemption.stage == "completed":
        redemption.stage = "burned"


def _reopen(book: InstrumentBook, name: str, account_seq: int) -> Burn | Transfer:
    del book.closed_operations[name]
    book.reopened[name] = account_seq
    operation = book.final_operations.pop(name).operation
    assert not isinstance(operation, Doubled), "what is doubled is reopened as that"
    return operation


DECIDE = {"finality_contradicted": finality_contradicted}
EVOLVE: dict[type, Callable[[State, Any], None]] = {
    FinalityContradicted: mint_reopened,
    BurnReopened: burn_reopened,
    ReturnReopened: return_reopened,
}
