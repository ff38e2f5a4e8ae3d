"""Custody: what a registered account's feed confirms becomes a lot or takes shares away, once.

What a custodian says twice is recognised by every field; whatever could be either one movement or two is
provisional, or waits with a hold, until two operators decide.
"""

from collections.abc import Iterator

from schemas import amounts
from schemas.envelope import Message
from schemas.events import ConfirmationRepeated, LotReceived
from schemas.messages import EvidenceParked, InformationReceived
from schemas.registry import Event
from workers.core.ids import derive
from workers.core.ledger import deliveries, shortfall, undoing
from workers.core.ledger.confirmations import (
    Fact,
    doubt_of,
    fact_of,
    information,
    parked,
    remember,
    seen_of,
    told_before,
)
from workers.core.ledger.holds import set_aside
from workers.core.ledger.lots import linked_issuance, lot_received, reserve
from workers.core.ledger.minting import authorize
from workers.core.ledger.movements import Seen
from workers.core.ledger.state import Given, InstrumentBook, State


def movement(state: State, given: Given, message: Message) -> Iterator[Event]:
    """Decide a movement, or the undoing of one, that its account's feed states."""
    fact = fact_of(state, message)
    if not isinstance(fact, Fact):
        yield fact
    elif fact.of_another_process is not None and fact.takes_shares:
        moved = f"{fact.said.quantity} shares left {fact.account.account}, event {fact.said.event_id}"
        yield from set_aside(given, f"{fact.of_another_process}_took_shares", moved)
    elif fact.of_another_process is not None:
        yield information(fact.of_another_process, f"{fact.said.transaction_type} makes no lot")
    elif fact.said.kind == "settlement_confirmed":
        yield from _confirmed(state, fact)
    else:
        yield from undoing.undo(state, fact)


def _confirmed(state: State, fact: Fact) -> Iterator[Event]:
    book = state.book_of(fact.instrument)
    first = told_before(fact, book.seen.get(fact.identity, []))
    if first is not None:
        yield ConfirmationRepeated(instrument=fact.instrument, first=first.made)
    elif fact.said.movement == "deliver":
        yield from deliveries.deliver(state, fact)
    else:
        yield from _receive(state, book, fact)


def _receive(state: State, book: InstrumentBook, fact: Fact) -> Iterator[Event]:
    earlier = book.seen.get(fact.identity, [])
    why = doubt_of(fact, earlier)
    lot = LotReceived(
        instrument=fact.instrument,
        lot=derive("lot", fact.identity, len(earlier)),
        servicer=fact.account.servicer,
        account=fact.account.account,
        shares=fact.said.quantity,
        state="provisional" if why else "free" if fact.account.purpose == "treasury" else "unassigned",
        reference=fact.said.owner_transaction_id,
        identity=fact.identity,
        settled_total=amounts.text(fact.settled_total),
        settlement=fact.settlement,
        message_id=fact.said.message_id,
        flagged=fact.flagged,
        why=why,
    )
    yield lot
    undone = yield from undoing.catch_up(state, fact.instrument, seen_of(fact, lot.lot))
    if not undone and lot.state != "provisional":
        yield from use(state, fact.instrument, lot.lot)


def use(state: State, instrument: str, lot: str) -> Iterator[Event]:
    """Let a lot that is somebody's by exact reference be theirs."""
    book = state.book_of(instrument)
    reference = book.lots[lot].reference
    if reference is not None and book.short.get(reference) and book.deficit:
        yield from shortfall.resettle(state, instrument, lot)
        return
    issuance = linked_issuance(book, reference)
    if issuance is not None and book.lots[lot].place not in state.rules.held_accounts():
        yield from reserve(state, instrument, lot, issuance, "settlement_reference")
        yield from authorize(state, instrument, issuance)


def information_received(_state: State, _given: Given, message: Message) -> Iterator[Event]:
    """Record a message that moves nothing."""
    body = message.body
    assert isinstance(body, InformationReceived), "the message's type decides its body"
    yield information(body.reason.code, body.reason.text)


def evidence_parked(_state: State, _given: Given, message: Message) -> Iterator[Event]:
    """Record bytes that could not be read safely."""
    body = message.body
    assert isinstance(body, EvidenceParked), "the message's type decides its body"
    yield parked(body.reason.code, body.reason.text)


def statement_received(_state: State, _given: Given, _message: Message) -> Iterator[Event]:
    """Keep a statement for later: nothing is decided by it yet."""
    yield parked("unknown_message_type", "statements decide nothing yet")


def received(state: State, event: LotReceived) -> None:
    """Add the lot, and keep what a second confirmation of the same movement is compared with."""
    lot_received(state, event)
    seen = Seen(
        made=event.lot,
        identity=event.identity,
        movement="receive",
        place=(event.servicer, event.account),
        shares=amounts.parse(event.shares),
        settled_total=amounts.parse(event.settled_total),
        settlement=event.settlement,
        message_id=event.message_id,
        flagged=event.flagged,
        reference=event.reference,
    )
    remember(state.book_of(event.instrument), seen)


DECIDE = {
    "settlement_confirmed": movement,
    "settlement_reversed": movement,
    "confirmation_withdrawn": movement,
    "corporate_action_movement_confirmed": movement,
    "corporate_action_movement_reversed": movement,
    "information_received": information_received,
    "evidence_parked": evidence_parked,
    "holdings_statement_received": statement_received,
}
EVOLVE = {LotReceived: received}
