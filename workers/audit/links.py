"""What one book says of another: house rules, the work of signing accounts, and the chain's receipts.

| who says it                                   | what must be there                                         |
|-----------------------------------------------|------------------------------------------------------------|
| a message in inbox.broadcast                  | the record of ledger-0 that decided this rule, this number |
| a record of transactions.<account> with a     | the ledger's record that authorized exactly this operation |
| source                                        | for this account, or asks it back                          |
| a receipt in inbox.chain                      | the record of transactions.<account> with this outcome     |
| a sighting in inbox.chain                     | the record of transactions.<account> with this sighting    |

Books are observed in the order of cause: the ledger's, ledger-0 first, then the accounts'. What is remembered
of each rule, authorization and receipt is a digest, so a million of them fit in memory.
"""

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from schemas.canonical import encode
from schemas.envelope import InboxSource, Message
from schemas.events import (
    HouseRuleDecided,
    MintRecallRequested,
    OperationClosed,
    OperationRecalled,
    OperationTaken,
)
from schemas.events.operations import AUTHORIZES
from schemas.events.transactions import OperationKind
from schemas.messages import (
    BROADCAST,
    CHAIN,
    FinalitySeenContradicted,
    HouseRulePublished,
    OperationSeenClosed,
    OperationSeenFinal,
    RecordName,
    UnitsBurnedSeen,
    UnitsReceivedSeen,
)
from schemas.registry import Event
from schemas.streams import HOUSE_BOOK, is_ledger, topic_of, transactions_book
from workers.audit.findings import Findings
from workers.log.engine import Entry
from workers.log.rule import Valid

_RECALLING: dict[type, str] = {MintRecallRequested: "mint"}
"""What asks an operation back: the field that holds its id."""

_TERMS = ("chain", "token", "units", "decimals", "deadline")
_SEEN = ("sighting", "chain", "token", "units", "transaction", "index", "block_height", "block_hash")
_FACTS = {
    "operation_confirmed": ("operation", "kind", "units", "transaction", "block_height", "block_hash"),
    "operation_closed": ("operation", "kind", "proof", "block_height", "block_hash", "block_time"),
    "operation_reopened": ("operation", "kind", "transaction", "block_height", "block_hash", "hash_now"),
    "units_received": (*_SEEN, "sender"),
    "units_burned": (*_SEEN, "holder"),
}
"""What an event of a signing account's book says, and a message about it repeats."""

_SAYS: dict[type, str] = {
    OperationSeenFinal: "operation_confirmed",
    OperationSeenClosed: "operation_closed",
    FinalitySeenContradicted: "operation_reopened",
    UnitsReceivedSeen: "units_received",
    UnitsBurnedSeen: "units_burned",
}
"""The event that a message tells of."""


@dataclass(frozen=True, slots=True)
class _Receipt:
    inbox: str
    offset: int
    says: bytes


class Links:
    """Remembers what was said of a book until that book was read, and checks it."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._rules: dict[int, bytes] = {}
        self._authorized: dict[bytes, bytes] = {}
        self._recalled: set[bytes] = set()
        self._receipts: dict[tuple[str, int], list[_Receipt]] = defaultdict(list)

    def observe_record(self, book: str, record: Valid) -> None:
        """Take up the next valid record of a book."""
        name = RecordName(book=book, seq=record.seq, sha256=record.sha256)
        if is_ledger(book):
            self._observe_ledger(name, record)
        else:
            self._check_work(name, record)
            self._check_receipts(name, record)

    def observe_message(self, inbox: str, entry: Entry, message: Message | None) -> None:
        """Take up the next message of an inbox; bytes that are no message say nothing."""
        if message is None:
            return
        topic, body = topic_of(inbox), message.body
        if isinstance(body, HouseRulePublished) and topic == BROADCAST:
            self._check_broadcast(inbox, entry.position, body)
        elif type(body) in _SAYS and topic == CHAIN:
            self._keep_receipt(inbox, entry.position, body)

    def finish(self) -> None:
        """Report the receipts whose record was never read."""
        for (book, seq), receipts in self._receipts.items():
            for receipt in receipts:
                text = f"the receipt names {book} seq {seq}, which is no valid record"
                self._findings.add("receipt_unfounded", receipt.inbox, text, seq=receipt.offset)

    def _observe_ledger(self, name: RecordName, record: Valid) -> None:
        for event in record.events:
            if type(event) in AUTHORIZES:
                kind = AUTHORIZES[type(event)]
                terms = _terms(name, event.account, event, kind)
                self._authorized[_short(getattr(event, kind), name)] = terms
            elif type(event) in _RECALLING:
                self._recalled.add(_short(getattr(event, _RECALLING[type(event)]), name))
            elif isinstance(event, HouseRuleDecided) and name.book == HOUSE_BOOK:
                self._rules[event.number] = _digest(name, event.rule)

    def _check_broadcast(self, inbox: str, offset: int, body: HouseRulePublished) -> None:
        if self._rules.get(body.number) == _digest(body.record, body.rule):
            return
        text = f"house rule {body.number} is not what {body.record.book} seq {body.record.seq} decided"
        self._findings.add("broadcast_unfounded", inbox, text, seq=offset)

    def _check_work(self, name: RecordName, record: Valid) -> None:
        taken = [event for event in record.events if isinstance(event, OperationTaken)]
        source = record.source
        taken_back = [event for event in record.events if _takes_back(event)]
        if source is None and not taken and not taken_back:
            return
        if isinstance(source, RecordName) and len(taken_back) == len(record.events) == 1:
            self._check_recall(name, source, taken_back[0].operation)
            return
        if source is None or isinstance(source, InboxSource) or len(taken) != 1:
            text = "a record that takes work names one record of the ledger, and no other does"
            self._findings.add("work_unfounded", name.book, text, seq=name.seq)
            return
        account = name.book.removeprefix(transactions_book(""))
        terms = _terms(source, account, taken[0], taken[0].kind)
        if self._authorized.get(_short(taken[0].operation, source)) != terms:
            text = (
                f"its source, {source.book} seq {source.seq}, is no valid record that authorized"
                f" operation {taken[0].operation} on these terms for {account}"
            )
            self._findings.add("work_unfounded", name.book, text, seq=name.seq)

    def _check_recall(self, name: RecordName, source: RecordName, operation: str) -> None:
        if _short(operation, source) not in self._recalled:
            text = (
                f"its source, {source.book} seq {source.seq}, is no valid record that asks"
                f" operation {operation} back"
            )
            self._findings.add("work_unfounded", name.book, text, seq=name.seq)

    def _keep_receipt(self, inbox: str, offset: int, body: Any) -> None:  # noqa: ANN401 - a key of _SAYS
        record = body.record
        says = _digest(record, [body.account, *_said(body, _SAYS[type(body)])])
        self._receipts[record.book, record.seq].append(_Receipt(inbox, offset, says))

    def _check_receipts(self, name: RecordName, record: Valid) -> None:
        receipts = self._receipts.pop((name.book, record.seq), None)
        if receipts is None:
            return
        account = name.book.removeprefix(transactions_book(""))
        true = {
            _digest(name, [account, *_said(event, event.type)])
            for event in record.events
            if event.type in _FACTS
        }
        for receipt in receipts:
            if receipt.says not in true:
                text = f"the receipt is not what {name.book} seq {name.seq} says"
                self._findings.add("receipt_unfounded", receipt.inbox, text, seq=receipt.offset)


def _takes_back(event: Event) -> bool:
    never_signed = isinstance(event, OperationClosed) and event.proof == "never_signed"
    return never_signed or isinstance(event, OperationRecalled)


def _said(value: Any, kind: str) -> list[Any]:  # noqa: ANN401 - an event or a body
    return [kind, *_facts(value, _FACTS[kind])]


def _facts(value: Any, names: tuple[str, ...]) -> list[Any]:  # noqa: ANN401 - an event or a body
    return [getattr(value, name) for name in names]


def _short(operation: str, record: RecordName) -> bytes:
    return _digest(record, operation)[:16]


def _terms(record: RecordName, account: str, event: Any, kind: OperationKind) -> bytes:  # noqa: ANN401
    recipient = getattr(event, "recipient", None)
    return _digest(record, [account, kind, recipient, *_facts(event, _TERMS)])


def _digest(record: RecordName, facts: Any) -> bytes:  # noqa: ANN401 - JSON of any shape
    return hashlib.sha256(encode([record, facts])).digest()
