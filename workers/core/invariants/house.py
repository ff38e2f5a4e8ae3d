"""INV-017 two operators behind every order, and one house: every book's rules are book 0's, in its order."""

from collections.abc import Iterator

from schemas.events import (
    HouseRuleApplied,
    HouseRuleDecided,
    ProposalConfirmed,
    ProposalMade,
    TimeAdvanced,
)
from schemas.house import INSTRUMENT_ORDERS, CreateLog, HouseRule, Order
from schemas.messages import Genesis, HouseRulePublished, OrderConfirmed, OrderProposed
from schemas.registry import Event
from schemas.statement import HoldingsStated
from schemas.streams import HOUSE_BOOK
from workers.core.invariants import claims
from workers.core.invariants.facts import Claim, Facts
from workers.core.invariants.predicate import Predicate, Record


def proposal_is_its_operators(facts: Facts, record: Record, event: ProposalMade) -> Iterator[str]:
    """A proposal is a known operator's, as the message says."""
    asked: OrderProposed | None = record.body("order_proposed")
    if asked is None or (asked.operator, asked.order) != (event.operator, event.order):
        yield f"{event.operator} did not propose {event.proposal}"
    if event.operator not in _operators(facts, record, event.order):
        yield f"{event.operator} is no operator here"
    if event.proposal in facts.books[record.book].proposals:
        yield f"proposal {event.proposal} was made before"


def two_operators_agree(facts: Facts, record: Record, event: ProposalConfirmed) -> Iterator[str]:
    """A proposal is confirmed once, by a known operator who did not make it."""
    asked: OrderConfirmed | None = record.body("order_confirmed")
    if asked is None or asked.operator != event.operator:
        yield f"{event.operator} did not confirm {event.proposal}"
    proposal = facts.books[record.book].proposals.get(event.proposal)
    if proposal is None or proposal.confirmed:
        yield f"proposal {event.proposal} is not open"
        return
    if event.operator == proposal.operator:
        yield f"{event.operator} confirmed a proposal of their own"
    if event.operator not in _operators(facts, record, proposal.order):
        yield f"{event.operator} is no operator here"


def rule_is_decided_in_order(facts: Facts, record: Record, event: HouseRuleDecided) -> Iterator[str]:
    """Book 0 decides house rules: genesis, what two operators ordered, statements; numbered without a gap."""
    if record.book != HOUSE_BOOK or event.number != facts.house.number + 1:
        yield f"house rule {event.number} in {record.book} follows number {facts.house.number}"
    genesis: Genesis | None = record.body("genesis")
    ordered = facts.books[record.book].ordered
    if isinstance(event.rule, CreateLog):
        if event.number != 1 or genesis is None or genesis.rule != event.rule:
            yield "the log is created by genesis, and once"
    elif not isinstance(event.rule, HoldingsStated) and ordered != event.rule:
        yield f"two operators did not order house rule {event.number}"


def rule_is_applied_in_order(facts: Facts, record: Record, event: HouseRuleApplied) -> Iterator[str]:
    """A book applies every rule, in the order of the numbers, as book 0 decided it."""
    before = facts.books[record.book].rules.number
    if event.number != before + 1:
        yield f"house rule {event.number} follows number {before}"
    said: HouseRulePublished | None = record.body("house_rule_published")
    if said is None or (said.number, said.rule) != (event.number, event.rule):
        yield f"house rule {event.number} was not relayed like this"
        return
    number, rule = event.number, event.rule

    def decided(events: tuple[Event, ...]) -> Iterator[str]:
        if not any(_decides(each, number, rule) for each in events):
            yield f"{said.record.book} seq {said.record.seq} did not decide house rule {number} like this"

    if said.record.book != HOUSE_BOOK:
        yield f"{said.record.book} decides no house rules"
        return
    claim = Claim(
        "INV-017",
        "rule_is_applied_in_order",
        record.book,
        record.seq,
        said.record.sha256,
        decided,
    )
    yield from claims.make(facts, said.record.book, said.record.seq, claim)


def time_moves_on(facts: Facts, record: Record, event: TimeAdvanced) -> Iterator[str]:
    """A book's time never goes back."""
    time = facts.books[record.book].time
    if time is not None and event.to <= time:
        yield f"the time {event.to} is not after {time}"


def _operators(facts: Facts, record: Record, order: Order) -> set[str]:
    """Return who may decide: house rules by what book 0 decided, others by what this book applied."""
    if isinstance(order, INSTRUMENT_ORDERS):
        return facts.books[record.book].rules.operators
    return facts.house.operators


def _decides(event: Event, number: int, rule: HouseRule) -> bool:
    return isinstance(event, HouseRuleDecided) and (event.number, event.rule) == (number, rule)


PREDICATES = (
    Predicate("INV-017", ProposalMade, proposal_is_its_operators),
    Predicate("INV-017", ProposalConfirmed, two_operators_agree),
    Predicate("INV-017", HouseRuleDecided, rule_is_decided_in_order),
    Predicate("INV-017", HouseRuleApplied, rule_is_applied_in_order),
    Predicate("INV-015", TimeAdvanced, time_moves_on),
)
