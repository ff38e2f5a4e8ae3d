"""Which orders can take effect: every reason why one cannot is a code and what it speaks of."""

from collections.abc import Callable
from typing import Any

from schemas import amounts
from schemas.house import (
    AcceptMovement,
    Alias,
    ApproveIssuance,
    AssignLot,
    CancelMultiplierChange,
    ChangeMultiplier,
    ConfirmDeliveryCancelled,
    CoverShortfall,
    CreateLog,
    DismissMovement,
    EndRedemption,
    MatchReceipt,
    PlaceHold,
    RegisterDeliveryDetails,
    RegisterInstrument,
    RegisterOperator,
    RegisterWallet,
    ReleaseHold,
    ReleaseLot,
    ReleaseWideHold,
    ReturnReceipt,
    SetCollateralRules,
    SetLane,
    SetLimits,
    SetPolicy,
    TurnBridgeBack,
)
from schemas.identifiers import cusip_valid, isin_valid, sedol_valid
from schemas.streams import partition_of
from workers.core.ledger import multiplier
from workers.core.ledger.rules import Rules, alias_key
from workers.core.ledger.state import InstrumentBook, State
from workers.core.ledger.unusable import Unusable

RULES_VERSION = 1
OPERATORS_MIN = 2
OWNED_BY_FACTS = ("movement_waits", "deficit", "multiplier_pending")
"""Reasons of holds that end with what they are of, and that nobody releases otherwise."""
OF_REGISTERED = (PlaceHold, ChangeMultiplier, CancelMultiplierChange)
"""Orders about an instrument of which nothing may have come in yet."""


def refuse_house_rule(house: Rules, rule: Any) -> Unusable | None:  # noqa: ANN401 - any house rule
    """Return why a house rule cannot follow those that stand."""
    check = _HOUSE.get(type(rule))
    return None if check is None else check(house, rule)


def refuse_creation(rule: CreateLog) -> str | None:
    """Return why a log that begins like this could not be worked with."""
    if len({each.operator for each in rule.operators}) < OPERATORS_MIN:
        return "a log needs two different operators: nobody confirms their own orders"
    if rule.policy.rules_version > RULES_VERSION:
        return f"this program knows the rules up to version {RULES_VERSION}"
    return None


def refuse_instrument_order(state: State, order: Any, instrument: str | None) -> Unusable | None:  # noqa: ANN401
    """Return why an order about one instrument cannot take effect in this book."""
    if order.instrument != instrument:
        return Unusable("wrong_book", order.instrument)
    if partition_of(order.instrument, state.rules.partitions) != state.partition:
        return Unusable("wrong_book", order.instrument)
    if isinstance(order, OF_REGISTERED):
        if order.instrument not in state.rules.instruments:
            return Unusable("instrument_unknown", order.instrument)
        return _refuse_of_registered(state, order)
    if order.instrument not in state.instruments:
        return Unusable("instrument_unknown", order.instrument)
    if isinstance(order, AssignLot) and _is_held(state, order):
        return Unusable("lot_held", order.lot)
    return _INSTRUMENT[type(order)](state.instruments[order.instrument], order)


def _refuse_of_registered(state: State, order: Any) -> Unusable | None:  # noqa: ANN401
    """Return why an order about an instrument of which nothing need be known cannot take effect."""
    if isinstance(order, ChangeMultiplier):
        return multiplier.refuse(state, order)
    if isinstance(order, CancelMultiplierChange):
        return multiplier.refuse_cancelling(state, order)
    return None


def _is_held(state: State, order: AssignLot) -> bool:
    """Return whether shares would be reserved on a custody account that is held."""
    lot = state.instruments[order.instrument].lots.get(order.lot)
    return order.issuance is not None and lot is not None and lot.place in state.rules.held_accounts()


def _register_operator(house: Rules, rule: RegisterOperator) -> Unusable | None:
    return Unusable("operator_exists", rule.operator) if rule.operator in house.operators else None


def _register_wallet(house: Rules, rule: RegisterWallet) -> Unusable | None:
    return None if rule.client in house.clients else Unusable("client_unknown", rule.client)


def _register_delivery_details(house: Rules, rule: RegisterDeliveryDetails) -> Unusable | None:
    if rule.client not in house.clients:
        return Unusable("client_unknown", rule.client)
    account = house.accounts.get((rule.servicer, rule.account))
    if account is None:
        return Unusable("account_unknown", f"{rule.servicer} {rule.account}"[:256])
    if account.purpose == "other" or amounts.parse(rule.increment) == 0:
        return Unusable("details_unusable", rule.details)
    return None


def _set_policy(_house: Rules, rule: SetPolicy) -> Unusable | None:
    if rule.policy.rules_version > RULES_VERSION:
        return Unusable("policy_unusable", f"rules_version {rule.policy.rules_version}")
    return None


def _set_lane(house: Rules, rule: SetLane) -> Unusable | None:
    if rule.instrument is not None and rule.instrument not in house.instruments:
        return Unusable("instrument_unknown", rule.instrument)
    # A capacity of zero is always full: it would let everything go. Closing a lane is what was meant.
    if rule.source == rule.destination or amounts.parse(rule.capacity_units) == 0:
        return Unusable("lane_unusable", f"{rule.source} to {rule.destination}")
    return None


def _register_instrument(house: Rules, rule: RegisterInstrument) -> Unusable | None:
    chains = [token.chain for token in rule.tokens]
    if amounts.parse(rule.multiplier) == 0 or len(set(chains)) != len(chains):
        return Unusable("instrument_terms_unusable", rule.instrument)
    before = house.instruments.get(rule.instrument)
    if before is not None and (
        rule.multiplier != before.multiplier or any(token not in rule.tokens for token in before.tokens)
    ):
        return Unusable("instrument_terms_fixed", rule.instrument)
    if _tokens_elsewhere(house, rule):
        return Unusable("instrument_terms_unusable", rule.instrument)
    for alias in rule.aliases:
        if not _alias_usable(alias):
            return Unusable("instrument_terms_unusable", f"{alias.scheme} {alias.id}")
        if _alias_taken(house, alias, rule.instrument):
            return Unusable("alias_taken", f"{alias.scheme} {alias.id}")
    return None


def _tokens_elsewhere(house: Rules, rule: RegisterInstrument) -> bool:
    """Return whether a token of it is another instrument's: its units would be backed by either's shares."""
    mine = {(token.chain, token.token) for token in rule.tokens}
    others = (other for name, other in house.instruments.items() if name != rule.instrument)
    return any((token.chain, token.token) in mine for other in others for token in other.tokens)


def _alias_usable(alias: Alias) -> bool:
    if alias.scheme == "SYMBOL":
        return alias.servicer is not None
    valid = {"ISIN": isin_valid, "CUSIP": cusip_valid, "SEDOL": sedol_valid}[alias.scheme]
    return valid(alias.id)


def _alias_taken(house: Rules, alias: Alias, instrument: str) -> bool:
    """Return whether another instrument has the identifier on some day of the alias."""
    others = house.aliases.get(alias_key(alias.scheme, alias.id, alias.servicer), ())
    return any(owner != instrument and _overlap(alias, other) for other, owner in others)


def _overlap(one: Alias, other: Alias) -> bool:
    starts_in_time = other.valid_until is None or (one.valid_from or "") < other.valid_until
    return starts_in_time and (one.valid_until is None or (other.valid_from or "") < one.valid_until)


def _assign_lot(book: InstrumentBook, order: AssignLot) -> Unusable | None:
    lot = book.lots.get(order.lot)
    if lot is None:
        return Unusable("lot_unknown", order.lot)
    if lot.state != "unassigned":
        return Unusable("lot_not_unassigned", order.lot)
    if order.issuance is None:
        return None
    issuance = book.issuances.get(order.issuance)
    if issuance is None:
        return Unusable("issuance_unknown", order.issuance)
    if issuance.is_over or issuance.missing == 0:
        return Unusable("issuance_not_open", order.issuance)
    return None


def _approve_issuance(book: InstrumentBook, order: ApproveIssuance) -> Unusable | None:
    issuance = book.issuances.get(order.issuance)
    if issuance is None:
        return Unusable("issuance_unknown", order.issuance)
    if issuance.is_over:
        return Unusable("issuance_not_open", order.issuance)
    required = issuance.approval == "required"
    return None if required else Unusable("approval_not_required", order.issuance)


def _release_lot(book: InstrumentBook, order: ReleaseLot) -> Unusable | None:
    lot = book.lots.get(order.lot)
    if lot is None:
        return Unusable("lot_unknown", order.lot)
    return None if lot.state == "provisional" else Unusable("lot_not_provisional", order.lot)


def _release_hold(book: InstrumentBook, order: ReleaseHold) -> Unusable | None:
    if order.hold not in book.holds:
        return Unusable("hold_unknown", order.hold)
    owned = book.holds[order.hold].reason in OWNED_BY_FACTS
    return Unusable("hold_not_operators", order.hold) if owned else None


def _set_limits(house: Rules, rule: SetLimits) -> Unusable | None:
    known = rule.instrument is None or rule.instrument in house.instruments
    return None if known else Unusable("instrument_unknown", str(rule.instrument))


def _set_collateral_rules(house: Rules, rule: SetCollateralRules) -> Unusable | None:
    if rule.instrument not in house.instruments:
        return Unusable("instrument_unknown", rule.instrument)
    if rule.rules is None:
        return None
    if amounts.parse(rule.rules.ratio_min) < amounts.ONE:
        return Unusable("collateral_rules_unusable", f"ratio {rule.rules.ratio_min}")
    share = rule.rules.custodian_share_max
    if share is not None and not 0 < amounts.parse(share) <= amounts.ONE:
        return Unusable("collateral_rules_unusable", f"custodian share {share}")
    unknown = [each for each in rule.rules.eligible if (each.servicer, each.account) not in house.accounts]
    return Unusable("account_unknown", unknown[0].account) if unknown else None


def _release_wide_hold(house: Rules, rule: ReleaseWideHold) -> Unusable | None:
    return None if rule.hold in house.holds else Unusable("hold_unknown", rule.hold)


def _movement(book: InstrumentBook, order: AcceptMovement | DismissMovement) -> Unusable | None:
    return None if order.waiting in book.waiting else Unusable("movement_unknown", order.waiting)


def _match(book: InstrumentBook, order: MatchReceipt) -> Unusable | None:
    receipt = book.parked_receipts.get(order.sighting)
    if receipt is None:
        return Unusable("receipt_unknown", order.sighting)
    redemption = book.redemptions.get(order.redemption)
    if redemption is None or (redemption.stage != "accepted" and order.redemption not in book.unfounded):
        return Unusable("redemption_unknown", order.redemption)
    if (receipt.chain, receipt.units) != (redemption.terms.chain, redemption.units):
        text = f"{amounts.text(receipt.units)} units on {receipt.chain}"
        return Unusable("receipt_does_not_fit", text)
    return None


def _return(book: InstrumentBook, order: ReturnReceipt) -> Unusable | None:
    parked = order.sighting in book.parked_receipts
    return None if parked else Unusable("receipt_unknown", order.sighting)


def _cancel_delivery(book: InstrumentBook, order: ConfirmDeliveryCancelled) -> Unusable | None:
    instruction = book.instructions.get(order.delivery)
    if instruction is None:
        return Unusable("delivery_unknown", order.delivery)
    return None if instruction.left else Unusable("delivery_not_open", order.delivery)


def _turn_back(book: InstrumentBook, order: TurnBridgeBack) -> Unusable | None:
    bridge = book.in_flight.bridges.get(order.bridge)
    if bridge is None:
        return Unusable("bridge_unknown", order.bridge)
    if bridge.mint is not None or bridge.leg == "refund":
        return Unusable("bridge_under_way", bridge.mint or order.bridge)
    return None


def _end_redemption(book: InstrumentBook, order: EndRedemption) -> Unusable | None:
    redemption, returned = book.redemptions.get(order.redemption), book.returns.get(order.redemption)
    if redemption is None:
        return Unusable("redemption_unknown", order.redemption)
    acts = redemption.burn is not None or (returned is not None and returned.transfer is not None)
    is_there = redemption.stage == "received" and order.redemption not in book.unfounded
    # What a burn promised once stays promised: its shares may be on their way.
    if acts or not is_there or redemption.burned:
        return Unusable("redemption_under_way", order.redemption)
    return None


def _cover(book: InstrumentBook, order: CoverShortfall) -> Unusable | None:
    lot = book.lots.get(order.lot)
    if lot is None:
        return Unusable("lot_unknown", order.lot)
    if lot.state != "free":
        return Unusable("lot_not_free", order.lot)
    return None if book.deficit or book.owed_for_good else Unusable("nothing_is_short", order.instrument)


_HOUSE: dict[type, Callable[[Rules, Any], Unusable | None]] = {
    RegisterOperator: _register_operator,
    RegisterInstrument: _register_instrument,
    RegisterWallet: _register_wallet,
    RegisterDeliveryDetails: _register_delivery_details,
    SetPolicy: _set_policy,
    SetLane: _set_lane,
    SetLimits: _set_limits,
    SetCollateralRules: _set_collateral_rules,
    ReleaseWideHold: _release_wide_hold,
}
_INSTRUMENT: dict[type, Callable[[InstrumentBook, Any], Unusable | None]] = {
    AssignLot: _assign_lot,
    ReleaseLot: _release_lot,
    ApproveIssuance: _approve_issuance,
    ReleaseHold: _release_hold,
    AcceptMovement: _movement,
    DismissMovement: _movement,
    CoverShortfall: _cover,
    MatchReceipt: _match,
    ReturnReceipt: _return,
    ConfirmDeliveryCancelled: _cancel_delivery,
    TurnBridgeBack: _turn_back,
    EndRedemption: _end_redemption,
}
