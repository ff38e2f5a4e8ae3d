"""The house: what operators order takes effect when a second one confirms it; nobody confirms their own.

House rules are decided in book 0, numbered there and relayed; every book applies the next number only.
"""

from collections.abc import Callable, Iterator
from typing import Any

from schemas.envelope import Message
from schemas.events import (
    BroadcastIgnored,
    HoldReleased,
    HouseRuleApplied,
    HouseRuleDecided,
    IssuanceApproved,
    MessageParked,
    OrderRefused,
    OrderRepeated,
    ProposalConfirmed,
    ProposalMade,
)
from schemas.house import (
    INSTRUMENT_ORDERS,
    ONE_OPERATOR_IS_ENOUGH,
    AcceptMovement,
    ApproveIssuance,
    AssignLot,
    CancelMultiplierChange,
    ChangeMultiplier,
    ConfirmDeliveryCancelled,
    CoverShortfall,
    DismissMovement,
    MatchReceipt,
    PlaceHold,
    PlaceWideHold,
    ReleaseHold,
    ReleaseLot,
    ReleaseWideHold,
    ReturnReceipt,
    SetCollateralRules,
    SetLane,
    SetLimits,
)
from schemas.messages import Genesis, HouseRulePublished, OrderConfirmed, OrderProposed
from schemas.registry import Event
from schemas.statement import HoldingsStated
from workers.core.ids import derive
from workers.core.ledger import (
    acceptance,
    evidence,
    holds,
    instructions,
    lanes,
    multiplier,
    redemption,
    statements,
)
from workers.core.ledger.custody import use
from workers.core.ledger.issuance import go_on
from workers.core.ledger.lots import move, reserve
from workers.core.ledger.minting import authorize
from workers.core.ledger.orders import (
    refuse_creation,
    refuse_house_rule,
    refuse_instrument_order,
)
from workers.core.ledger.rules import Rules, apply_rule, wide_hold_id
from workers.core.ledger.shortfall import cover
from workers.core.ledger.state import Given, Proposal, State
from workers.core.ledger.unusable import Unusable


def genesis(state: State, _given: Given, message: Message) -> Iterator[Event]:
    """Create the log: the first house rule, decided in book 0."""
    body = message.body
    assert isinstance(body, Genesis), "the message's type decides its body"
    if state.partition != 0 or state.house.number:
        yield MessageParked(code="log_exists", text=f"the log is {state.house.log or state.rules.log}")
        return
    unusable = refuse_creation(body.rule)
    if unusable is not None:
        yield MessageParked(code="malformed", text=unusable)
        return
    yield HouseRuleDecided(number=1, rule=body.rule)


def house_rule_published(state: State, _given: Given, message: Message) -> Iterator[Event]:
    """Apply the next house rule; any other number changes nothing."""
    body = message.body
    assert isinstance(body, HouseRulePublished), "the message's type decides its body"
    if body.number != state.rules.number + 1:
        yield BroadcastIgnored(number=body.number, expected=state.rules.number + 1)
        return
    yield HouseRuleApplied(number=body.number, rule=body.rule)


def order_proposed(state: State, _given: Given, message: Message) -> Iterator[Event]:
    """Take an order down until a second operator confirms it."""
    body = message.body
    assert isinstance(body, OrderProposed), "the message's type decides its body"
    proposal = proposal_id(body.operator, body.order_id)
    before = state.proposals.get(proposal)
    if before is not None and before.order == body.order:
        yield OrderRepeated(proposal=proposal)
        return
    refusal = (
        Unusable("order_id_reused", body.order_id)
        if before is not None
        else _refuse(state, body.operator, body.order, message.instrument)
    )
    if refusal is not None:
        yield _refused(body, refusal)
        return
    yield ProposalMade(proposal=proposal, operator=body.operator, order_id=body.order_id, order=body.order)
    if isinstance(body.order, ONE_OPERATOR_IS_ENOUGH):
        yield from _take_effect(state, body.order, proposal)


def order_confirmed(state: State, _given: Given, message: Message) -> Iterator[Event]:
    """Let a proposal take effect, if it still can."""
    body = message.body
    assert isinstance(body, OrderConfirmed), "the message's type decides its body"
    proposal = proposal_id(body.proposer, body.order_id)
    before = state.proposals.get(proposal)
    if before is None:
        yield _refused(body, Unusable("proposal_unknown", body.order_id))
        return
    if body.operator == before.operator:
        yield _refused(body, Unusable("own_proposal", body.order_id))
        return
    if before.confirmed:
        yield OrderRepeated(proposal=proposal)
        return
    refusal = _refuse(state, body.operator, before.order, message.instrument)
    if refusal is not None:
        yield _refused(body, refusal)
        return
    yield ProposalConfirmed(proposal=proposal, operator=body.operator)
    yield from _take_effect(state, before.order, proposal)


def _take_effect(state: State, order: Any, proposal: str) -> Iterator[Event]:  # noqa: ANN401 - any member of Order
    if isinstance(order, PlaceHold):
        yield holds.place(order, proposal)
    elif isinstance(order, INSTRUMENT_ORDERS):
        yield from _EFFECTS[type(order)](state, order)
    else:
        yield HouseRuleDecided(number=state.house.number + 1, rule=order)


def _approve(state: State, order: ApproveIssuance) -> Iterator[Event]:
    yield IssuanceApproved(issuance=order.issuance, instrument=order.instrument)
    yield from go_on(state, order.instrument, state.book_of(order.instrument).issuances[order.issuance])


def _cover(state: State, order: CoverShortfall) -> Iterator[Event]:
    yield from cover(state, order.instrument, order.lot)


def _cancel_change(state: State, order: CancelMultiplierChange) -> Iterator[Event]:
    yield from multiplier.cancel(state, order.instrument)


def _release_hold(_state: State, order: ReleaseHold) -> Iterator[Event]:
    yield HoldReleased(hold=order.hold, instrument=order.instrument)


def _assign(state: State, order: AssignLot) -> Iterator[Event]:
    book = state.book_of(order.instrument)
    if order.issuance is None:
        yield move(book, order.instrument, order.lot, "free", "assignment")
        return
    issuance = book.issuances[order.issuance]
    yield from reserve(state, order.instrument, order.lot, issuance, "assignment")
    yield from authorize(state, order.instrument, issuance)


def _release_lot(state: State, order: ReleaseLot) -> Iterator[Event]:
    book = state.book_of(order.instrument)
    yield move(book, order.instrument, order.lot, "unassigned", "release")
    yield from use(state, order.instrument, order.lot)


def _refuse(state: State, operator: str, order: Any, instrument: str | None) -> Unusable | None:  # noqa: ANN401
    """Return why this operator's order cannot take effect in this book now."""
    is_local = isinstance(order, INSTRUMENT_ORDERS)
    if not is_local and state.partition != 0:
        return Unusable("wrong_book", f"ledger-{state.partition}")
    rules: Rules = state.rules if is_local else state.house
    if operator not in rules.operators:
        return Unusable("operator_unknown", operator)
    if isinstance(order, ONE_OPERATOR_IS_ENOUGH) and _is_over(state, order.until):
        return Unusable("hold_over", str(order.until))
    if is_local:
        return refuse_instrument_order(state, order, instrument)
    return refuse_house_rule(state.house, order)


def _is_over(state: State, until: str | None) -> bool:
    return until is not None and state.time is not None and until <= state.time


def _refused(body: OrderProposed | OrderConfirmed, refusal: Unusable) -> OrderRefused:
    return OrderRefused(
        operator=body.operator, order_id=body.order_id, code=refusal.code, subject=refusal.subject[:256]
    )


def proposal_id(operator: str, order_id: str) -> str:
    """Return the id of what an operator proposed under an id of their own."""
    return derive("proposal", operator, order_id)


def proposal_made(state: State, event: ProposalMade) -> None:
    """Keep the order."""
    in_effect = isinstance(event.order, ONE_OPERATOR_IS_ENOUGH)
    state.proposals[event.proposal] = Proposal(event.operator, event.order, confirmed=in_effect)


def proposal_confirmed(state: State, event: ProposalConfirmed) -> None:
    """Remember that it took effect, which it does once."""
    state.proposals[event.proposal].confirmed = True


def house_rule_decided(state: State, event: HouseRuleDecided) -> None:
    """Let the rule hold in book 0's own house."""
    apply_rule(state.house, event.number, event.rule)
    if isinstance(event.rule, HoldingsStated):
        statements.decided(state, event.rule)


def house_rule_applied(state: State, event: HouseRuleApplied) -> None:
    """Let the rule hold in this book; ticks go on with what it no longer stops."""
    if isinstance(event.rule, SetLane):
        lanes.settle(state, event.rule)
    apply_rule(state.rules, event.number, event.rule)
    if isinstance(event.rule, PlaceWideHold) and event.rule.until is not None:
        holds.add_end(state, event.rule.until, "", wide_hold_id(event.number))
    if isinstance(event.rule, ReleaseWideHold | SetLimits | SetCollateralRules):
        holds.drop_settled_ends(state)
        holds.take_up_all(state)
    if isinstance(event.rule, HoldingsStated):
        evidence.came(state, event.rule)


_EFFECTS: dict[type, Callable[[State, Any], Iterator[Event]]] = {
    AssignLot: _assign,
    ReleaseLot: _release_lot,
    ApproveIssuance: _approve,
    ChangeMultiplier: lambda _state, order: multiplier.schedule(order),
    CancelMultiplierChange: _cancel_change,
    ReleaseHold: _release_hold,
    AcceptMovement: acceptance.accept,
    DismissMovement: lambda _state, order: acceptance.dismiss(order),
    CoverShortfall: _cover,
    MatchReceipt: lambda _state, order: iter((redemption.match(order),)),
    ReturnReceipt: lambda _state, order: iter((redemption.give_back(order),)),
    ConfirmDeliveryCancelled: lambda state, order: iter((instructions.cancel(state, order),)),
}
"""What an order about one instrument does when it takes effect."""

DECIDE = {
    "genesis": genesis,
    "house_rule_published": house_rule_published,
    "order_proposed": order_proposed,
    "order_confirmed": order_confirmed,
}
EVOLVE = {
    ProposalMade: proposal_made,
    ProposalConfirmed: proposal_confirmed,
    HouseRuleDecided: house_rule_decided,
    HouseRuleApplied: house_rule_applied,
}
