"""Events of the house: orders of two operators, and the rules that all books apply in one order."""

from typing import Literal

from schemas.counters import Ordinal
from schemas.house import HouseRule, Order
from schemas.identifiers import Digest, Name, Text
from schemas.tagged import tagged


@tagged()
class HouseRuleDecided:
    """Book 0 numbered a rule; its owner relays it to every book."""

    number: Ordinal
    rule: HouseRule


@tagged()
class HouseRuleApplied:
    """This book applies the rule from here on; numbers are applied in order, none is left out."""

    number: Ordinal
    rule: HouseRule


@tagged()
class BroadcastIgnored:
    """A relayed rule that is not the next one: it was applied before, or one before it is still to come."""

    number: Ordinal
    expected: Ordinal


@tagged()
class ProposalMade:
    """An operator proposed an order; it takes effect when a second operator confirms it.

    An order that places a hold takes effect at once, in the same record.
    """

    proposal: Digest
    operator: Name
    order_id: Text
    order: Order


@tagged()
class ProposalConfirmed:
    """A second operator confirmed the proposal; what it orders follows in the same record."""

    proposal: Digest
    operator: Name


@tagged()
class OrderRepeated:
    """The same operator said the same again; nothing changes."""

    proposal: Digest


OrderRefusalCode = Literal[
    "operator_unknown",
    "own_proposal",
    "proposal_unknown",
    "order_id_reused",
    "operator_exists",
    "client_unknown",
    "instrument_unknown",
    "instrument_terms_fixed",
    "instrument_terms_unusable",
    "alias_taken",
    "lot_unknown",
    "lot_not_unassigned",
    "lot_not_provisional",
    "issuance_unknown",
    "issuance_not_open",
    "approval_not_required",
    "hold_unknown",
    "hold_not_operators",
    "movement_unknown",
    "lot_not_free",
    "nothing_is_short",
    "account_unknown",
    "details_unusable",
    "receipt_unknown",
    "redemption_unknown",
    "receipt_does_not_fit",
    "delivery_unknown",
    "delivery_not_open",
    "bridge_unknown",
    "bridge_under_way",
    "redemption_under_way",
    "hold_over",
    "multiplier_unusable",
    "multiplier_changed_meanwhile",
    "multiplier_change_pending",
    "multiplier_change_unknown",
    "nonce_not_next",
    "lot_held",
    "policy_unusable",
    "lane_unusable",
    "collateral_rules_unusable",
    "wrong_book",
]


@tagged()
class OrderRefused:
    """We said no to an operator: `subject` is what the code speaks of (a name, a digest, a number)."""

    operator: Name
    order_id: Text
    code: OrderRefusalCode
    subject: Text
