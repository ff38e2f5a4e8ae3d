"""Confirmations: who may state a movement as a fact, of which instrument, and whether it was told before.

Only the account's authoritative feed states facts for it (DESIGN 5.1). Movements are told apart by servicer,
account, direction, instrument, first reference and running total; what shares all of that and is not provably
the same message or movement is left to people.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from schemas import amounts
from schemas.canonical import digest, encode
from schemas.confirmation import Confirmation
from schemas.envelope import Message
from schemas.events import InformationRecorded, MessageParked
from schemas.events.custody import Doubt
from schemas.events.inbox import InformationCode, ParkedCode
from schemas.house import RegisterCustodyAccount
from schemas.identifiers import SENTENCE_MAX
from schemas.streams import partition_of
from workers.core.ledger.movements import Seen
from workers.core.ledger.state import InstrumentBook, State

# ISO 20022 SecuritiesTransactionType: lending, repo, collateral. The shares are not ours to keep.
FINANCING = frozenset(
    ("SECL", "SECB", "REPU", "RVPO", "COLI", "COLO", "TRPO", "TRVO", "BSBK", "SBBK", "SLRE", "SBRE")
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A movement that its account's feed states: what it says, of what, and what tells it apart."""

    said: Confirmation
    instrument: str
    account: RegisterCustodyAccount
    identity: str
    settled_total: int
    settlement: str

    @property
    def shares(self) -> int:
        """Return the settled quantity."""
        return amounts.parse(self.said.quantity)

    @property
    def flagged(self) -> bool:
        """Return whether it says of itself that it may be a copy or a duplicate."""
        return self.said.copy or self.said.possible_duplicate

    @property
    def of_another_process(self) -> InformationCode | None:
        """Return what a movement belongs to that makes no lot here: financing, or a corporate action."""
        if self.said.transaction_type in FINANCING:
            return "financing_movement"
        by_event = self.said.event_id is not None or self.said.kind.startswith("corporate_action")
        return "corporate_action_movement" if by_event or self.said.transaction_type == "CORP" else None

    @property
    def takes_shares(self) -> bool:
        """Return whether shares left custody by it: a delivery, or a receipt that is undone."""
        confirms = self.said.kind in ("settlement_confirmed", "corporate_action_movement_confirmed")
        return (self.said.movement == "deliver") == confirms

    @property
    def has_reference(self) -> bool:
        """Return whether it carries any reference of the servicer's, the market's or the owner's."""
        return any(value is not None for _, value in _references(self.said))


def fact_of(state: State, message: Message) -> Fact | MessageParked | InformationRecorded:
    """Return the fact that a custody message states, or what else it is."""
    said = message.body
    assert isinstance(said, Confirmation), "the message's type decides its body"
    if said.kind != message.type:
        return parked("malformed", f"a {message.type} message holds a {said.kind}")
    account = state.rules.accounts.get((said.servicer or "", said.account))
    if account is None:
        return parked("account_unknown", f"{said.servicer} {said.account} is not registered")
    if message.reader is None or message.reader.name != account.feed:
        name = None if message.reader is None else message.reader.name
        return information("feed_not_authoritative", f"{name} states no facts here, {account.feed} does")
    if message.sender not in account.senders:
        return parked("sender_not_allowed", f"{message.sender} may not send for {account.account}")
    instrument = state.rules.resolve(said.security, said.servicer, said.settled_on)
    if instrument is None:
        security = said.security
        return parked("instrument_unknown", f"no instrument is {security.scheme} {security.id} on that day")
    partition = partition_of(instrument, state.rules.partitions)
    if message.instrument != instrument or partition != state.partition:
        return parked("misrouted", f"it was sent for {message.instrument} and is about {instrument}")
    immaterial = _immaterial(said, account)
    if immaterial is not None:
        return immaterial
    return Fact(
        said, instrument, account, _identity(instrument, said), _total(said), _settlement(instrument, said)
    )


def told_before(fact: Fact, earlier: list[Seen]) -> Seen | None:
    """Return the movement of the same identity that this one provably repeats.

    Every settlement field agrees, and either the message id does, or one of the two is flagged as a copy or
    duplicate and the first one still stands: after a reversal the same may have settled again.
    """
    for other in earlier:
        if other.settlement != fact.settlement or other.settled_total != fact.settled_total:
            continue
        if fact.said.message_id is not None and fact.said.message_id == other.message_id:
            return other
        if not other.undone and (fact.flagged or other.flagged):
            return other
    return None


def doubt_of(fact: Fact, earlier: list[Seen]) -> Doubt | None:
    """Return why it cannot be told whether this is a movement of its own."""
    if not fact.has_reference:
        return "no_reference"
    if any(other.undone for other in earlier):
        return "after_reversal"
    return "identity_shared" if any(other.settled_total == fact.settled_total for other in earlier) else None


def seen_of(fact: Fact, made: str) -> Seen:
    """Return what is kept of a fact, for the messages that repeat or undo it."""
    said = fact.said
    return Seen(
        made=made,
        identity=fact.identity,
        movement=said.movement,
        place=(fact.account.servicer, fact.account.account),
        shares=fact.shares,
        settled_total=fact.settled_total,
        settlement=fact.settlement,
        message_id=said.message_id,
        flagged=fact.flagged,
        reference=said.owner_transaction_id,
        proceeds=said.amount,
    )


def remember(book: InstrumentBook, seen: Seen) -> None:
    """Keep a confirmed movement under its identity and its message id."""
    book.seen.setdefault(seen.identity, []).append(seen)
    if seen.message_id is not None:
        book.by_message[seen.message_id] = (*book.by_message.get(seen.message_id, ()), seen)


def _immaterial(said: Confirmation, account: RegisterCustodyAccount) -> InformationRecorded | None:
    """Return why a true movement moves no shares of ours."""
    if amounts.parse(said.quantity) == 0:
        return information("zero_quantity", "nothing settled")
    if account.purpose == "other":
        return information("account_not_backing", f"{account.account} backs nothing")
    return None


def receipt_identity(fact: Fact) -> str:
    """Return the identity that a receipt under the same first reference has."""
    return _identity(fact.instrument, fact.said, movement="receive")


def _identity(instrument: str, said: Confirmation, movement: str | None = None) -> str:
    reference = next(((name, value) for name, value in _references(said) if value is not None), None)
    return digest(encode([said.servicer, said.account, movement or said.movement, instrument, reference]))


def _total(said: Confirmation) -> int:
    """Return the running total, which tells partials of one movement apart."""
    return amounts.parse(said.previously_settled or "0") + amounts.parse(said.quantity)


def _settlement(instrument: str, said: Confirmation) -> str:
    """Digest every field that describes the settlement, and none that describes the message."""
    return digest(
        encode(
            [
                said.servicer,
                said.account,
                said.movement,
                said.payment,
                instrument,
                said.quantity,
                said.previously_settled,
                said.remaining,
                said.settled_on,
                said.trade_date,
                [value for _, value in _references(said)],
                said.transaction_type,
                said.amount,
                said.counterparty,
            ]
        )
    )


def _references(said: Confirmation) -> Iterator[tuple[str, str | None]]:
    yield "servicer", said.servicer_transaction_id
    yield "market", said.market_transaction_id
    yield "owner", said.owner_transaction_id


def parked(code: ParkedCode, text: str) -> MessageParked:
    """Return the event that leaves a message to people."""
    return MessageParked(code=code, text=text[:SENTENCE_MAX])


def information(code: InformationCode, text: str) -> InformationRecorded:
    """Return the event that records a message which moves nothing."""
    return InformationRecorded(code=code, text=text[:SENTENCE_MAX])
