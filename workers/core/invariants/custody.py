"""INV-002 lots move as they are, INV-013 lots are what confirmations say, INV-014 whose shares they are."""

from collections.abc import Iterator

from schemas import amounts
from schemas.confirmation import Confirmation
from schemas.events import ConfirmationRepeated, LotMoved, LotReceived, LotSplit
from schemas.house import AssignLot, Order, ReleaseLot
from schemas.streams import ledger_book, partition_of
from workers.core.invariants.confirmations import identity_of, is_doubtful, same, told
from workers.core.invariants.facts import Facts, InstrumentFacts, IssuanceFacts, LotFacts
from workers.core.invariants.folding_movements import UNDOINGS, said_by
from workers.core.invariants.house_facts import means, token_of
from workers.core.invariants.predicate import Predicate, Record

# Lending, repo and collateral: such shares are not ours to keep (DESIGN 5.1).
FINANCING = {"SECL", "SECB", "REPU", "RVPO", "COLI", "COLO", "TRPO", "TRVO", "BSBK", "SBBK", "SLRE", "SBRE"}


def lot_is_new(facts: Facts, _record: Record, event: LotReceived) -> Iterator[str]:
    """A lot id names one lot for ever."""
    if event.lot in facts.instruments[event.instrument].known_lots:
        yield f"lot {event.lot} was there before"


def lot_is_what_was_confirmed(_facts: Facts, record: Record, event: LotReceived) -> Iterator[str]:
    """The quantity is the settled one of a confirmed receipt, and nothing else is computed from it."""
    said: Confirmation | None = record.body("settlement_confirmed")
    if said is None or said.kind != "settlement_confirmed" or said.movement != "receive":
        yield f"lot {event.lot} comes from no confirmed receipt"
        return
    if event.shares != said.quantity or amounts.parse(event.shares) == 0:
        yield f"lot {event.lot} has {event.shares} shares, {said.quantity} settled"
    if (event.servicer, event.account) != (said.servicer, said.account):
        yield f"lot {event.lot} is on {event.servicer} {event.account}, not on {said.servicer} {said.account}"
    if event.reference != said.owner_transaction_id:
        yield f"lot {event.lot} has the reference {event.reference}, not {said.owner_transaction_id}"


def lot_is_proven(facts: Facts, record: Record, event: LotReceived) -> Iterator[str]:
    """Only a registered account's own feed and senders prove custody, of the instrument that they name."""
    said: Confirmation | None = record.body("settlement_confirmed")
    if said is None:
        return
    yield from states_facts(facts, record, event.instrument, said)
    account = facts.books[record.book].rules.accounts.get((event.servicer, event.account))
    if event.state == "free" and (account is None or account.purpose != "treasury"):
        yield f"lot {event.lot} is free, {event.account} is no treasury account"


def states_facts(facts: Facts, record: Record, instrument: str, said: Confirmation) -> Iterator[str]:
    """Yield why a message is no fact about this instrument."""
    if record.input is None or record.input.message is None:
        return
    message, rules = record.input.message, facts.books[record.book].rules
    account = rules.accounts.get((said.servicer or "", said.account))
    if account is None or account.purpose == "other":
        yield f"{said.servicer} {said.account} is no account that backs anything"
        return
    if message.reader is None or message.reader.name != account.feed or message.sender not in account.senders:
        yield f"{message.sender} states no facts for {account.account}"
    if said.transaction_type in FINANCING or said.transaction_type == "CORP" or said.event_id is not None:
        yield f"a {said.transaction_type} movement is of another process"
    if not means(rules, instrument, said):
        yield f"{said.security.scheme} {said.security.id} is not {instrument}"
    if record.book != ledger_book(partition_of(instrument, rules.partitions)):
        yield f"{instrument} does not belong in {record.book}"


def lot_is_not_told_twice(facts: Facts, record: Record, event: LotReceived) -> Iterator[str]:
    """A movement told again makes no second lot; what could be the same is provisional."""
    said: Confirmation | None = record.body("settlement_confirmed")
    if said is None:
        return
    found = facts.instruments[event.instrument]
    earlier = found.told.get(identity_of(event.instrument, said), [])
    now = told(event.instrument, said, event.lot)
    if any(same(first, now, found.undone) for first in earlier):
        yield f"lot {event.lot} is a movement that was told before"
    doubtful = is_doubtful(said, earlier, found.undone)
    if doubtful != (event.state == "provisional"):
        yield f"lot {event.lot} is {event.state}, its identity is {'doubtful' if doubtful else 'its own'}"


def repetition_is_the_same(facts: Facts, record: Record, event: ConfirmationRepeated) -> Iterator[str]:
    """A message is a repetition only of one whose every settlement field agrees."""
    said = said_by(record)
    if said is None:
        yield "no confirmation was repeated"
        return
    found = facts.instruments[event.instrument]
    now = told(event.instrument, said, event.first)
    where = found.undoings if said.kind in UNDOINGS else found.told
    earlier = where.get(identity_of(event.instrument, said), [])
    if not any(first.made == event.first and same(first, now, found.undone) for first in earlier):
        yield f"it is not the movement that made {event.first}"


def split_keeps_shares(facts: Facts, _record: Record, event: LotSplit) -> Iterator[str]:
    """The parts of a lot are new, not empty, and sum to it."""
    found = facts.instruments[event.instrument]
    lot = found.lots.get(event.lot)
    if lot is None:
        yield f"lot {event.lot} is not there"
        return
    parts = [amounts.parse(part.shares) for part in event.parts]
    if sum(parts) != lot.shares or min(parts) <= 0:
        into = " and ".join(part.shares for part in event.parts)
        yield f"lot {event.lot} of {amounts.text(lot.shares)} was split into {into}"
    names = {part.lot for part in event.parts}
    if len(names) != len(parts) or names & found.known_lots:
        yield f"a part of lot {event.lot} has a name that is taken"


def move_starts_where_the_lot_is(facts: Facts, _record: Record, event: LotMoved) -> Iterator[str]:
    """A lot leaves the state that it is in, for another one; a reserved lot has its issuance."""
    lot = facts.instruments[event.instrument].lots.get(event.lot)
    if lot is None:
        yield f"lot {event.lot} is not there"
        return
    if event.from_state != lot.state or event.to_state == lot.state:
        yield f"lot {event.lot} is {lot.state}, it went from {event.from_state} to {event.to_state}"
    if (event.to_state == "reserved") != (event.issuance is not None):
        yield f"lot {event.lot} became {event.to_state} for {event.issuance}"


def move_has_its_cause(facts: Facts, record: Record, event: LotMoved) -> Iterator[str]:
    """Shares change hands by exact reference, from treasury, by two operators or by its end only."""
    found = facts.instruments[event.instrument]
    lot = found.lots.get(event.lot)
    if lot is None:
        return
    issuance = found.issuances.get(event.issuance or "")
    if event.to_state == "reserved" and (issuance is None or issuance.ended is not None):
        yield f"lot {event.lot} was reserved for {event.issuance}, which is not open"
        return
    ordered = facts.books[record.book].ordered
    allowed = {
        "settlement_reference": _by_reference(lot, issuance),
        "treasury": lot.state == "free" and issuance is not None and issuance.event.funding == "treasury",
        "assignment": isinstance(ordered, AssignLot) and _assigned(lot, event, ordered),
        "release": _released(lot, event, ordered) or _too_small(facts, record, lot, event),
        "expiry": _ended(found, lot, event, "expired"),
        "cancellation": _ended(found, lot, event, "cancelled"),
    }
    if not allowed[event.cause]:
        yield f"lot {event.lot} went from {lot.state} to {event.to_state} without a {event.cause}"


def reservation_fits(facts: Facts, _record: Record, event: LotMoved) -> Iterator[str]:
    """Never more is reserved than was asked for."""
    found = facts.instruments[event.instrument]
    issuance, lot = found.issuances.get(event.issuance or ""), found.lots.get(event.lot)
    if issuance is not None and lot is not None and lot.shares > issuance.missing:
        missing = amounts.text(issuance.missing)
        yield f"{amounts.text(lot.shares)} shares for an issuance that misses {missing}"


def _by_reference(lot: LotFacts, issuance: IssuanceFacts | None) -> bool:
    return issuance is not None and lot.reference == issuance.event.settlement_reference


def _assigned(lot: LotFacts, event: LotMoved, order: AssignLot) -> bool:
    named = (order.instrument, order.issuance) == (event.instrument, event.issuance)
    to_state = "free" if order.issuance is None else "reserved"
    whole_or_part = order.lot in (event.lot, lot.parent)
    return named and whole_or_part and lot.state == "unassigned" and event.to_state == to_state


def _released(lot: LotFacts, event: LotMoved, order: Order | None) -> bool:
    if not isinstance(order, ReleaseLot):
        return False
    named = (order.instrument, order.lot) == (event.instrument, event.lot)
    return named and lot.state == "provisional" and event.to_state == "unassigned"


def _ended(found: InstrumentFacts, lot: LotFacts, event: LotMoved, how: str) -> bool:
    issuance = found.issuances.get(lot.issuance or "")
    return issuance is not None and issuance.ended == how and event.to_state == lot.reserved_from


def _too_small(facts: Facts, record: Record, lot: LotFacts, event: LotMoved) -> bool:
    """Return whether all that an issuance has left is worth less than one base amount, and goes back."""
    found = facts.instruments[event.instrument]
    issuance = found.issuances.get(lot.issuance or "")
    if issuance is None or issuance.open_parts or event.to_state != lot.reserved_from:
        return False
    token = token_of(facts.books[record.book].rules, event.instrument, issuance.event.chain)
    step: int = 10 ** (amounts.PLACES - (amounts.PLACES if token is None else token.decimals))
    return issuance.giving_back or issuance.reserved * amounts.ONE < found.multiplier * step


PREDICATES = (
    Predicate("INV-002", LotReceived, lot_is_new),
    Predicate("INV-002", LotSplit, split_keeps_shares),
    Predicate("INV-002", LotMoved, move_starts_where_the_lot_is),
    Predicate("INV-013", LotReceived, lot_is_what_was_confirmed),
    Predicate("INV-013", LotReceived, lot_is_proven),
    Predicate("INV-013", LotReceived, lot_is_not_told_twice),
    Predicate("INV-013", ConfirmationRepeated, repetition_is_the_same),
    Predicate("INV-014", LotMoved, move_has_its_cause),
    Predicate("INV-014", LotMoved, reservation_fits),
)
