"""Receipts: the chain's word on a mint closes it, once, with what was authorized or with a contradiction."""

from collections.abc import Generator, Iterator

from schemas import amounts
from schemas.envelope import Message
from schemas.events import HoldPlaced, MessageParked, MintFailed, MintFinalized, ReceiptRepeated
from schemas.messages import MintSeenClosed, MintSeenFinal
from schemas.registry import Event
from schemas.streams import partition_of
from workers.core.ids import derive
from workers.core.ledger.holds import set_aside
from workers.core.ledger.minting import authorize, complete, wind_up
from workers.core.ledger.state import Given, InstrumentBook, Mint, State


def mint_seen_final(state: State, given: Given, message: Message) -> Iterator[Event]:
    """Close a mint with the chain's word that it happened."""
    seen = message.body
    assert isinstance(seen, MintSeenFinal), "the message's type decides its body"
    instrument = message.instrument or ""
    mint = yield from _open_mint(state, given, message, seen, seen.transaction)
    if mint is None:
        return
    if amounts.parse(seen.units) != mint.units:
        text = f"mint {seen.mint} is of {amounts.text(mint.units)} units, the chain says {seen.units}"
        yield from set_aside(given, "receipt_contradicts", text)
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
    yield from complete(state, instrument, state.book_of(instrument).issuances[mint.issuance])


def mint_seen_closed(state: State, given: Given, message: Message) -> Iterator[Event]:
    """Take a mint back that provably never happened; its lots come back, and it is tried again or held."""
    seen = message.body
    assert isinstance(seen, MintSeenClosed), "the message's type decides its body"
    instrument = message.instrument or ""
    mint = yield from _open_mint(state, given, message, seen, None)
    if mint is None:
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
    seen: MintSeenFinal | MintSeenClosed,
    closed_as: str | None,
) -> Generator[Event, None, Mint | None]:
    """Return the open mint that a receipt is about; where there is none, yield what the receipt means."""
    instrument = message.instrument
    if instrument is None or partition_of(instrument, state.rules.partitions) != state.partition:
        yield MessageParked(code="misrouted", text=f"a receipt for {instrument} is not decided in this book")
        return None
    if message.sender != seen.account:
        text = f"{message.sender} may not speak for the signing account {seen.account}"
        yield MessageParked(code="sender_not_allowed", text=text)
        return None
    book = state.book_of(instrument)
    if seen.mint in book.closed_mints:
        if book.closed_mints[seen.mint] == closed_as:
            yield ReceiptRepeated(mint=seen.mint)
        else:
            yield from set_aside(given, "receipt_contradicts", f"mint {seen.mint} was closed otherwise")
        return None
    mint = book.mints.get(seen.mint)
    if mint is None:
        yield from set_aside(given, "mint_unknown", f"nothing authorized mint {seen.mint}")
        return None
    if (seen.chain, seen.account) != (mint.chain, mint.account):
        text = f"mint {seen.mint} is {mint.account}'s on {mint.chain}, not {seen.account}'s on {seen.chain}"
        yield from set_aside(given, "receipt_contradicts", text)
        return None
    return mint


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
            owner=mint.mint,
            text=f"part {mint.part} of issuance {mint.issuance} failed {mint.attempt} times",
            until=None,
        )
        return
    yield from authorize(state, instrument, issuance)


DECIDE = {"mint_seen_final": mint_seen_final, "mint_seen_closed": mint_seen_closed}
