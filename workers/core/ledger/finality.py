"""Finality contradicted: a block that was final is gone, and what it made final is open again (DESIGN 7)."""

from collections.abc import Iterator
from typing import Any

from schemas import amounts
from schemas.envelope import Message
from schemas.events import BridgeFinalityContradicted, FinalityContradicted, HoldPlaced, ReceiptRepeated
from schemas.identifiers import SENTENCE_MAX
from schemas.messages import FinalitySeenContradicted
from schemas.registry import Event
from workers.core.ids import derive
from workers.core.ledger.holds import set_aside
from workers.core.ledger.in_flight import BridgeMint, FinalBridgeMint
from workers.core.ledger.receipts import speaks_for_its_account
from workers.core.ledger.state import FinalMint, Given, State


def finality_contradicted(state: State, given: Given, message: Message) -> Iterator[Event]:
    """Open a final mint again, backed as it was, and hold the instrument: people look before any other."""
    seen = message.body
    assert isinstance(seen, FinalitySeenContradicted), "the message's type decides its body"
    if not (yield from speaks_for_its_account(state, message, seen.account)):
        return
    instrument = message.instrument or ""
    book = state.book_of(instrument)
    if seen.record.seq <= book.reopened.get(seen.operation, 0):
        yield ReceiptRepeated(operation=seen.operation)
        return
    final = book.final_mints.get(seen.operation) or book.in_flight.final_mints.get(seen.operation)
    if final is None or not _is_of(seen, final):
        yield from set_aside(
            given, "receipt_contradicts", f"{seen.kind} {seen.operation} was not final like this"
        )
        return
    yield _contradicted(instrument, seen, final)
    text = f"block {seen.block_height} of {seen.chain} was {seen.block_hash}, and is {seen.hash_now}"
    yield HoldPlaced(
        hold=derive("hold", "finality_contradicted", seen.operation, seen.record.seq),
        instrument=instrument,
        reason="finality_contradicted",
        text=text[:SENTENCE_MAX],
    )


def _contradicted(
    instrument: str, seen: FinalitySeenContradicted, final: FinalMint | FinalBridgeMint
) -> FinalityContradicted | BridgeFinalityContradicted:
    mint = final.mint
    said: dict[str, Any] = {
        "mint": mint.mint,
        "instrument": instrument,
        "chain": mint.chain,
        "units": amounts.text(mint.units),
        "transaction": seen.transaction,
        "block_height": seen.block_height,
        "block_hash": seen.block_hash,
        "hash_now": seen.hash_now,
        "account_seq": seen.record.seq,
    }
    if isinstance(mint, BridgeMint):
        return BridgeFinalityContradicted(**said, bridge=mint.bridge, leg=mint.leg)
    return FinalityContradicted(**said, issuance=mint.issuance)


def _is_of(seen: FinalitySeenContradicted, final: FinalMint | FinalBridgeMint) -> bool:
    said = (seen.kind, seen.account, seen.chain, seen.transaction, seen.block_height, seen.block_hash)
    mint = final.mint
    known = ("mint", mint.account, mint.chain, final.transaction, final.block_height, final.block_hash)
    return said == known and seen.hash_now != seen.block_hash


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


DECIDE = {"finality_contradicted": finality_contradicted}
EVOLVE = {FinalityContradicted: mint_reopened}
