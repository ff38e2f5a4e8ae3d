"""What a run has exercised, counted by row; a row of zero over the CI's seeds is a failure."""

from collections import Counter
from collections.abc import Callable
from typing import Any, get_args

from schemas.confirmation import ReadingCode
from schemas.events import (
    LEDGER_EVENTS,
    TRANSACTION_EVENTS,
    BridgeCompleted,
    BridgeMintAuthorized,
    BridgeMintFailed,
    BridgeQueued,
    BridgeTurnedBack,
    BurnFinalized,
    CancellationRefused,
    ClosureContradicted,
    DeliverySettled,
    HoldEnded,
    HoldPlaced,
    HouseRuleDecided,
    InformationRecorded,
    IssuanceRefused,
    IssuanceWaits,
    LotMoved,
    LotReceived,
    MessageParked,
    MessageSetAside,
    MintFailed,
    MintRecallRequested,
    MovementUndone,
    MovementWaits,
    OrderRefused,
    ReceiptContradicted,
    RedemptionAccepted,
    RedemptionRefused,
    SharesCovered,
    SharesReturned,
    SharesTaken,
    StatementForgotten,
    StatementPageDisputed,
    TickRecorded,
    TransactionSent,
)
from schemas.events.bridge import BridgeOutcome, Leg, QueueingReason, TurningBack
from schemas.events.cancellation import CancellationRefusalCode
from schemas.events.contradictions import ClosureOutcome, ReceiptOutcome
from schemas.events.custody import Doubt, MoveCause, TakenFrom, Undoing, WaitingReason
from schemas.events.holds import HoldReason
from schemas.events.house import OrderRefusalCode
from schemas.events.inbox import InformationCode, ParkedCode
from schemas.events.issuance import RefusalCode
from schemas.events.limits import WaitReason
from schemas.events.recall import RecallCause
from schemas.events.redemption import RedemptionRefusalCode
from schemas.house import DeliveryKind, PlaceWideHold
from schemas.scopes import Scope
from schemas.streams import is_ledger
from schemas.tagged import type_name
from workers.chains.simulated import Fault as ChainFault
from workers.log.faults import Fault as LogFault
from workers.log.rule import Valid

SET_ASIDE = (
    "decision_raised",
    "financing_movement_took_shares",
    "corporate_action_movement_took_shares",
    "operation_unknown",
    "receipt_contradicts",
)
HAPPENINGS = (
    "doubt",
    "takeover",
    "zombie wrote in vain",
    "crash",
    "began at a snapshot",
    "pause in the middle of a round",
    "round decided ahead of the last one's appends",
    "membership moved",
    "book overtaken",
    "clock jumped",
    "late batch landed",
    "late batch dropped",
    "message sent again",
    "chain stood still",
    "guard cancelled by hand",
    "finality broke",
    "tokens handed in",
    "tokens sent to an account",
    "tokens sent to a stranger",
    "tokens burned by a holder",
    "tokens bridged to another chain",
    "tokens bridged to their own chain",
    "tokens bridged to no chain",
    "statement pages out of order",
)
VOIDS = ("its prev is", "its seq is", "its source is", "it has no source", "not a record")


def _codes(literal: Any) -> list[str]:
    """Return the texts of a literal, or of a union of them."""
    found: list[str] = []
    for each in get_args(literal):
        found += [each] if isinstance(each, str) else _codes(each)
    return list(dict.fromkeys(found))


def required() -> list[str]:
    """Return every row that must not be zero."""
    return [
        *(f"ledger event {type_name(cls)}" for cls in LEDGER_EVENTS),
        *(f"transactions event {type_name(cls)}" for cls in TRANSACTION_EVENTS),
        *(f"issuance refused {code}" for code in _codes(RefusalCode)),
        *(f"cancellation refused {code}" for code in _codes(CancellationRefusalCode)),
        *(f"redemption refused {code}" for code in _codes(RedemptionRefusalCode)),
        *(f"redemption accepted {kind}" for kind in _codes(DeliveryKind)),
        *(f"burn promised {what}" for what in ("pool", "what is owed")),
        *(f"delivery {how}" for how in ("settled", "paid")),
        *(f"recall asked for a {cause}" for cause in _codes(RecallCause)),
        *(f"order refused {code}" for code in _codes(OrderRefusalCode)),
        *(f"parked {code}" for code in _codes(ParkedCode)),
        *(f"information {code}" for code in _codes(InformationCode)),
        *(f"set aside {code}" for code in SET_ASIDE),
        *(f"hold {reason}" for reason in _codes(HoldReason)),
        *(f"lot moved by {cause}" for cause in _codes(MoveCause)),
        *(f"lot received {state}" for state in ("free", "unassigned", *_codes(Doubt))),
        *(f"shares taken from {state}" for state in _codes(TakenFrom)),
        "shares taken from an open mint",
        *(f"movement waits {why}" for why in _codes(WaitingReason)),
        *(f"movement {how}" for how in _codes(Undoing)),
        *(f"shares covered by {cause}" for cause in ("resettlement", "order")),
        *(f"shares returned to {state}" for state in ("unassigned", "free", "pool", "owed")),
        *(f"mint failed {proof}" for proof in ("never_signed", "deadline_passed", "guard_cancelled")),
        *(f"bridge queued {why}" for why in _codes(QueueingReason)),
        *(f"bridge turned back {why}" for why in _codes(TurningBack)),
        *(f"bridge {outcome}" for outcome in _codes(BridgeOutcome)),
        *(f"bridge mint failed {leg}" for leg in _codes(Leg)),
        *(f"bridge minted again {leg}" for leg in _codes(Leg)),
        *(f"receipt contradicted {outcome}" for outcome in _codes(ReceiptOutcome)),
        *(f"closure contradicted {outcome}" for outcome in _codes(ClosureOutcome)),
        *(f"broadcast {answer}" for answer in ("accepted", "refused", "unavailable")),
        *(f"wide hold {type_name(cls)}" for cls in get_args(get_args(Scope)[0])),
        *(f"issuance waits for {why}" for why in get_args(WaitReason)),
        "house rule holdings_stated",
        *(f"statement page {why}" for why in ("page_differs", "beyond_last_page", "disputed_before")),
        *(f"statement forgotten {why}" for why in ("superseded", "too_many")),
        "hold ended on an instrument",
        "hold ended in the house",
        "tick refused",
        *(f"log fault {fault.value}" for fault in LogFault),
        *(f"chain fault {fault.value}" for fault in ChainFault),
        *(f"void: {why}" for why in VOIDS),
        *HAPPENINGS,
    ]


class Coverage:
    """Counts of rows."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def happened(self, row: str, times: int = 1) -> None:
        self.counts[row] += times

    def record(self, book: str, record: Valid) -> None:
        kind = "ledger" if is_ledger(book) else "transactions"
        for event in record.events:
            self.counts[f"{kind} event {event.type}"] += 1
            if type(event) in _DETAILS:
                self.counts[_DETAILS[type(event)](event)] += 1

    def void(self, why: str, *, zombie: bool) -> None:
        row = next((f"void: {known}" for known in VOIDS if why.startswith(known)), f"void: {why[:40]}")
        self.counts[row] += 1
        if zombie:
            self.counts["zombie wrote in vain"] += 1


def _rule(rule: Any) -> str:
    wide = isinstance(rule, PlaceWideHold)
    return f"wide hold {rule.scope.type}" if wide else f"house rule {rule.type}"


_DETAILS: dict[type, Callable[[Any], str]] = {
    IssuanceRefused: lambda event: f"issuance refused {event.refusal.code}",
    CancellationRefused: lambda event: f"cancellation refused {event.refusal.code}",
    RedemptionRefused: lambda event: f"redemption refused {event.refusal.code}",
    RedemptionAccepted: lambda event: f"redemption accepted {event.kind}",
    ReceiptContradicted: lambda event: f"receipt contradicted {event.outcome}",
    ClosureContradicted: lambda event: f"closure contradicted {event.outcome}",
    BurnFinalized: lambda event: "burn promised what is owed" if event.owed != "0" else "burn promised pool",
    DeliverySettled: lambda event: "delivery settled" if event.proceeds is None else "delivery paid",
    MintRecallRequested: lambda event: f"recall asked for a {event.cause}",
    OrderRefused: lambda event: f"order refused {event.code}",
    MessageParked: lambda event: f"parked {event.code}",
    InformationRecorded: lambda event: f"information {event.code}",
    MessageSetAside: lambda event: f"set aside {event.code}",
    HoldPlaced: lambda event: f"hold {event.reason}",
    HoldEnded: lambda event: (
        "hold ended in the house" if event.instrument is None else "hold ended on an instrument"
    ),
    IssuanceWaits: lambda event: f"issuance waits for {event.why}",
    HouseRuleDecided: lambda event: _rule(event.rule),
    LotMoved: lambda event: f"lot moved by {event.cause}",
    LotReceived: lambda event: f"lot received {event.why or event.state}",
    SharesTaken: lambda event: (
        "shares taken from an open mint" if event.mint else f"shares taken from {event.state}"
    ),
    StatementPageDisputed: lambda event: f"statement page {event.why}",
    StatementForgotten: lambda event: f"statement forgotten {event.why}",
    SharesReturned: lambda event: f"shares returned to {event.state}",
    SharesCovered: lambda event: f"shares covered by {event.cause}",
    MovementWaits: lambda event: f"movement waits {event.why}",
    MovementUndone: lambda event: f"movement {event.how}",
    MintFailed: lambda event: f"mint failed {event.proof}",
    BridgeQueued: lambda event: f"bridge queued {event.why}",
    BridgeTurnedBack: lambda event: f"bridge turned back {event.why}",
    BridgeCompleted: lambda event: f"bridge {event.outcome}",
    BridgeMintFailed: lambda event: f"bridge mint failed {event.leg}",
    BridgeMintAuthorized: lambda event: (
        f"bridge minted {'again ' if event.attempt > 1 else 'first '}{event.leg}"
    ),
    TransactionSent: lambda event: f"broadcast {event.answer}",
    TickRecorded: lambda event: "tick accepted" if event.accepted else "tick refused",
}
"""The row of an event's own kind, code or cause."""


def reading_codes(literal: Any) -> list[Any]:
    """Return the codes of a literal that readers may give."""
    return [code for code in _codes(literal) if code in get_args(ReadingCode)]
