"""Custody: a settled movement on a registered account becomes a lot, once.

Only the account's authoritative feed states facts for it; what it says twice is recognised by every field,
and whatever could be either one movement or two is provisional until two operators decide.
"""

from collections.abc import Iterator
from typing import Literal

from schemas import amounts
from schemas.canonical import digest, encode
from schemas.confirmation import Confirmation
from schemas.envelope import Message
from schemas.events import ConfirmationRepeated, InformationRecorded, LotReceived, MessageParked
from schemas.events.inbox import InformationCode, ParkedCode
from schemas.house import RegisterCustodyAccount
from schemas.identifiers import SENTENCE_MAX
from schemas.messages import EvidenceParked, InformationReceived
from schemas.registry import Event
from schemas.streams import partition_of
from workers.core.ids import derive
from workers.core.ledger.holds import held_accounts, set_aside
from workers.core.ledger.lots import linked_issuance, lot_received, reserve
from workers.core.ledger.minting import authorize
from workers.core.ledger.state import Given, InstrumentBook, Seen, State

# ISO 20022 SecuritiesTransactionType: lending, repo, collateral. The shares are not ours to keep.
FINANCING = frozenset(
    ("SECL", "SECB", "REPU", "RVPO", "COLI", "COLO", "TRPO", "TRVO", "BSBK", "SBBK", "SLRE", "SBRE")
)


def settlement_confirmed(state: State, given: Given, message: Message) -> Iterator[Event]:
    """Turn a confirmed movement into a lot, a repetition, information, or something for people."""
    confirmation = message.body
    assert isinstance(confirmation, Confirmation), "the message's type decides its body"
    if confirmation.kind != message.type:
        yield _parked("malformed", f"a {message.type} message holds a {confirmation.kind}")
        return
    account = state.rules.accounts.get((confirmation.servicer or "", confirmation.account))
    if account is None:
        yield _parked("account_unknown", f"{confirmation.servicer} {confirmation.account} is not registered")
        return
    if message.reader is None or message.reader.name != account.feed:
        name = None if message.reader is None else message.reader.name
        yield _information("feed_not_authoritative", f"{name} states no facts here, {account.feed} does")
        return
    if message.sender not in account.senders:
        yield _parked("sender_not_allowed", f"{message.sender} may not send for {account.account}")
        return
    instrument = state.rules.resolve(confirmation.security, confirmation.servicer, confirmation.settled_on)
    if instrument is None:
        security = confirmation.security
        yield _parked("instrument_unknown", f"no instrument is {security.scheme} {security.id} on that day")
        return
    partition = partition_of(instrument, state.rules.partitions)
    if message.instrument != instrument or partition != state.partition:
        yield _parked("misrouted", f"it was sent for {message.instrument} and is about {instrument}")
        return
    immaterial = _immaterial(confirmation, account)
    if immaterial is not None:
        yield immaterial
        return
    if confirmation.movement == "deliver":
        quantity = confirmation.quantity
        yield from set_aside(given, "delivery_not_instructed", f"{quantity} shares left {account.account}")
        return
    yield from _receive(state, instrument, confirmation, account)


def _receive(
    state: State, instrument: str, confirmation: Confirmation, account: RegisterCustodyAccount
) -> Iterator[Event]:
    book = state.book_of(instrument)
    identity, settlement = _identity(instrument, confirmation), _settlement(instrument, confirmation)
    flagged = confirmation.copy or confirmation.possible_duplicate
    seen = book.seen.get(identity, [])
    for other in seen:
        if _same(other, settlement, confirmation.message_id, flagged=flagged):
            yield ConfirmationRepeated(instrument=instrument, lot=other.lot)
            return
    why = _why_provisional(confirmation, seen)
    lot = LotReceived(
        instrument=instrument,
        lot=derive("lot", identity, len(seen)),
        servicer=account.servicer,
        account=account.account,
        shares=confirmation.quantity,
        state="provisional" if why else "free" if account.purpose == "treasury" else "unassigned",
        reference=confirmation.owner_transaction_id,
        identity=identity,
        settlement=settlement,
        message_id=confirmation.message_id,
        flagged=flagged,
        why=why,
    )
    yield lot
    if lot.state == "provisional" or (lot.servicer, lot.account) in held_accounts(state):
        return
    issuance = linked_issuance(book, lot.reference)
    if issuance is not None:
        yield from reserve(state, instrument, lot.lot, issuance, "settlement_reference")
        yield from authorize(state, instrument, issuance)


def information_received(_state: State, _given: Given, message: Message) -> Iterator[Event]:
    """Record a message that moves nothing."""
    body = message.body
    assert isinstance(body, InformationReceived), "the message's type decides its body"
    yield _information(body.reason.code, body.reason.text)


def evidence_parked(_state: State, _given: Given, message: Message) -> Iterator[Event]:
    """Record bytes that could not be read safely."""
    body = message.body
    assert isinstance(body, EvidenceParked), "the message's type decides its body"
    yield _parked(body.reason.code, body.reason.text)


def _immaterial(confirmation: Confirmation, account: RegisterCustodyAccount) -> InformationRecorded | None:
    """Return why a true movement makes no lot."""
    if amounts.parse(confirmation.quantity) == 0:
        return _information("zero_quantity", "nothing settled")
    if account.purpose == "other":
        return _information("account_not_backing", f"{account.account} backs nothing")
    if confirmation.transaction_type in FINANCING:
        return _information("financing_movement", f"{confirmation.transaction_type} makes no lot")
    if confirmation.transaction_type == "CORP" or confirmation.event_id is not None:
        return _information("corporate_action_movement", "it belongs to its corporate action")
    return None


def _identity(instrument: str, confirmation: Confirmation) -> str:
    """Digest what tells movements apart; the running total tells partials of one movement apart."""
    previously = amounts.parse(confirmation.previously_settled or "0")
    reference = next(((name, value) for name, value in _references(confirmation) if value is not None), None)
    return digest(
        encode(
            [
                confirmation.servicer,
                confirmation.account,
                confirmation.kind,
                confirmation.movement,
                instrument,
                reference,
                amounts.text(previously + amounts.parse(confirmation.quantity)),
            ]
        )
    )


def _settlement(instrument: str, confirmation: Confirmation) -> str:
    """Digest every field that describes the settlement, and none that describes the message."""
    return digest(
        encode(
            [
                confirmation.servicer,
                confirmation.account,
                confirmation.movement,
                confirmation.payment,
                instrument,
                confirmation.quantity,
                confirmation.previously_settled,
                confirmation.remaining,
                confirmation.settled_on,
                confirmation.trade_date,
                [value for _, value in _references(confirmation)],
                confirmation.transaction_type,
                confirmation.amount,
                confirmation.counterparty,
            ]
        )
    )


def _references(confirmation: Confirmation) -> list[tuple[str, str | None]]:
    return [
        ("servicer", confirmation.servicer_transaction_id),
        ("market", confirmation.market_transaction_id),
        ("owner", confirmation.owner_transaction_id),
    ]


def _same(other: Seen, settlement: str, message_id: str | None, *, flagged: bool) -> bool:
    if other.settlement != settlement:
        return False
    same_message = message_id is not None and message_id == other.message_id
    return same_message or flagged or other.flagged


def _why_provisional(
    confirmation: Confirmation, seen: list[Seen]
) -> Literal["identity_shared", "no_reference"] | None:
    if all(value is None for _, value in _references(confirmation)):
        return "no_reference"
    return "identity_shared" if seen else None


def _parked(code: ParkedCode, text: str) -> MessageParked:
    return MessageParked(code=code, text=text[:SENTENCE_MAX])


def _information(code: InformationCode, text: str) -> InformationRecorded:
    return InformationRecorded(code=code, text=text[:SENTENCE_MAX])


def remember(state: State, event: LotReceived) -> None:
    """Add the lot, and keep what a second confirmation of the same identity is compared with."""
    lot_received(state, event)
    book: InstrumentBook = state.book_of(event.instrument)
    seen = Seen(event.settlement, event.message_id, event.flagged, event.lot)
    book.seen.setdefault(event.identity, []).append(seen)


DECIDE = {
    "settlement_confirmed": settlement_confirmed,
    "information_received": information_received,
    "evidence_parked": evidence_parked,
}
EVOLVE = {LotReceived: remember}
