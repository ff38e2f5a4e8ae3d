"""What a run has exercised, counted by row; a row of zero over the CI's seeds is a failure."""

from collections import Counter
from collections.abc import Callable
from typing import Any, get_args

from schemas.confirmation import ReadingCode
from schemas.events import (
    LEDGER_EVENTS,
    TRANSACTION_EVENTS,
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
    OrderRefused,
    TickRecorded,
    TransactionSent,
)
from schemas.events.custody import MoveCause
from schemas.events.holds import HoldReason
from schemas.events.house import OrderRefusalCode
from schemas.events.inbox import InformationCode, ParkedCode
from schemas.events.issuance import RefusalCode
from schemas.events.limits import WaitReason
from schemas.house import PlaceWideHold
from schemas.scopes import Scope
from schemas.streams import is_ledger
from schemas.tagged import type_name
from workers.chains.simulated import Fault as ChainFault
from workers.log.faults import Fault as LogFault
from workers.log.rule import Valid

SET_ASIDE = ("decision_raised", "delivery_not_instructed", "mint_unknown", "receipt_contradicts")
HAPPENINGS = (
    "doubt",
    "takeover",
    "zombie wrote in vain",
    "crash",
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
        *(f"order refused {code}" for code in _codes(OrderRefusalCode)),
        *(f"parked {code}" for code in _codes(ParkedCode)),
        *(f"information {code}" for code in _codes(InformationCode)),
        *(f"set aside {code}" for code in SET_ASIDE),
        *(f"hold {reason}" for reason in _codes(HoldReason)),
        *(f"lot moved by {cause}" for cause in _codes(MoveCause)),
        *(f"lot received {state}" for state in ("free", "unassigned", "identity_shared", "no_reference")),
        *(f"mint failed {proof}" for proof in ("deadline_passed", "guard_cancelled")),
        *(f"broadcast {answer}" for answer in ("accepted", "refused", "unavailable")),
        *(f"wide hold {type_name(cls)}" for cls in get_args(get_args(Scope)[0])),
        *(f"issuance waits for {why}" for why in get_args(WaitReason)),
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
    MintFailed: lambda event: f"mint failed {event.proof}",
    TransactionSent: lambda event: f"broadcast {event.answer}",
    TickRecorded: lambda event: "tick accepted" if event.accepted else "tick refused",
}
"""The row of an event's own kind, code or cause."""


def reading_codes(literal: Any) -> list[Any]:
    """Return the codes of a literal that readers may give."""
    return [code for code in _codes(literal) if code in get_args(ReadingCode)]
