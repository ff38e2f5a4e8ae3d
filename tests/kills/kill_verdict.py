"""An independent reading of what workers left: the log, the chains and the folders, by the standard library.

It shares no code with the program: records are judged by the rule as DESIGN section 3 states it, mints by
what the chains' own files hold. `tests/brokers/kafka_verdict.py` reads a log on Kafka for the same checks.
"""

import hashlib
import json
import sqlite3
import zlib
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

Place = tuple[str, int, int]
"""Topic, partition, offset."""


def digest(data: bytes) -> str:
    """Return the SHA-256 of bytes."""
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True)
class Record:
    """A valid record and the digest of its bytes."""

    seq: int
    sha256: str
    owner: str
    source: dict[str, Any] | None
    events: list[dict[str, Any]]


@dataclass(slots=True)
class Book:
    """A book read by the rule; `next_offsets` is where each source goes on.

    `copies` counts lines that stand there a second time, byte for byte: whoever appends retries nothing.
    """

    name: str
    valid: list[Record] = field(default_factory=list)
    void: int = 0
    copies: int = 0
    lines: set[str] = field(default_factory=set)
    next_offsets: Counter[tuple[str, int]] = field(default_factory=Counter)
    _head: str = "0" * 64

    def read(self, data: bytes) -> None:
        """Take the next line: valid if its place in the chain and its source are the next ones."""
        line, sha256 = json.loads(data), digest(data)
        self.copies += sha256 in self.lines
        self.lines.add(sha256)
        source = line["source"]
        right = line["prev"] == self._head and line["seq"] == len(self.valid) + 1
        if not right or not self._next(source, line["events"]):
            self.void += 1
            return
        self._head = sha256
        self.valid.append(Record(line["seq"], sha256, line["owner"], source, line["events"]))
        if self.name.startswith("ledger-") and source is not None:
            self.next_offsets[source["topic"], source["partition"]] += 1

    def _next(self, source: dict[str, Any] | None, events: list[dict[str, Any]]) -> bool:
        if not self.name.startswith("ledger-"):
            return source is None or "book" in source
        if source is None:
            return [event["type"] for event in events] == ["owner_started"]
        assert all(event["type"] != "offsets_absent" for event in events), "no engine here leaves holes"
        return bool(source["offset"] == self.next_offsets[source["topic"], source["partition"]])


@dataclass(slots=True)
class Log:
    """A log as it was read: books by the rule, the inboxes' messages, the digests of evidence."""

    books: dict[str, Book] = field(default_factory=dict)
    inboxes: dict[tuple[str, int], list[bytes]] = field(default_factory=lambda: defaultdict(list))
    evidence: set[str] = field(default_factory=set)
    _ends: Counter[str] = field(default_factory=Counter)

    def read(self) -> None:
        """Read what was appended since the last time."""
        raise NotImplementedError

    def undecided(self) -> list[dict[str, Any]]:
        """Return the messages that no valid record decides."""
        waiting = []
        for (topic, partition), values in self.inboxes.items():
            book = self.books.get(f"ledger-{partition}")
            decided = 0 if book is None else book.next_offsets[topic, partition]
            waiting += [json.loads(value) for value in values[decided:]]
        return waiting

    def events(self, kind: str) -> list[dict[str, Any]]:
        """Return every event of one type in the ledger."""
        return [
            event
            for name, book in sorted(self.books.items())
            if name.startswith("ledger-")
            for record in book.valid
            for event in record.events
            if event["type"] == kind
        ]

    def rules(self) -> int:
        """Read on, and return how many house rules stand: what partition 0 has, every partition has."""
        self.read()
        published = set(self.inboxes["inbox.broadcast", 0])
        return sum(b'"house_rule_published"' in message for message in published)

    def open_mints(self) -> int:
        """Return how many mints are authorized and not known to be final."""
        return len(self.events("mint_authorized")) - len(self.events("mint_finalized"))

    def taken(self) -> Counter[str]:
        """Return how many messages were read from each piece of evidence."""
        messages = (json.loads(value) for values in self.inboxes.values() for value in values)
        return Counter(message["evidence"]["sha256"] for message in messages if message["evidence"])

    def take(self, name: str, position: int, value: bytes) -> None:
        """Take a stream's next entry; a hole is a finding."""
        assert position == self._ends[name], f"{name} has a hole before {position}"
        self._ends[name] += 1
        if name.startswith("inbox."):
            topic, _, partition = name.rpartition("-")
            self.inboxes[topic, int(partition)].append(value)
        else:
            self.books.setdefault(name, Book(name)).read(value)


@dataclass(slots=True)
class LogFile(Log):
    """The log's SQLite file, read on as it grows."""

    path: Path = field(kw_only=True)

    def read(self) -> None:
        """Read what was appended since the last time; every stream is whole, every byte as it was written."""
        if not self.path.exists():
            return
        with closing(sqlite3.connect(f"{self.path.as_uri()}?mode=ro", uri=True, timeout=20)) as connection:
            connection.execute("BEGIN")
            for number, name in connection.execute("SELECT number, name FROM stream").fetchall():
                rows = connection.execute(
                    "SELECT position, crc, value FROM entry WHERE stream = ? AND position >= ?"
                    " ORDER BY position",
                    (number, self._ends[name]),
                )
                for position, check, value in rows:
                    assert zlib.crc32(value, position) == check, f"{name} {position} has changed"
                    self.take(name, position, value)
            self.evidence = {sha256 for (sha256,) in connection.execute("SELECT sha256 FROM evidence")}


def check_inputs(log: Log) -> dict[Place, Record]:
    """Every inbox offset has exactly one valid record, which names the digest of its bytes; return them."""
    decided: dict[Place, Record] = {}
    for name, book in log.books.items():
        for record in book.valid:
            source = record.source
            if not name.startswith("ledger-") or source is None:
                continue
            assert name == f"ledger-{source['partition']}", f"{name} decided another book's {source}"
            place = (source["topic"], source["partition"], source["offset"])
            assert place not in decided, f"{place} was decided twice"
            data = log.inboxes[place[0], place[1]][place[2]]
            assert digest(data) == source["sha256"], f"{place} was other bytes"
            decided[place] = record
    for (topic, partition), values in log.inboxes.items():
        for offset in range(len(values)):
            assert (topic, partition, offset) in decided, f"{topic}-{partition} {offset} was not decided"
    return decided


def check_confirmations(log: Log, decided: dict[Place, Record], movements: dict[Any, str]) -> Counter[str]:
    """Each movement made one lot of its shares however often it was told; return what tellings became."""
    lots: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    became: Counter[str] = Counter()
    for (topic, partition, offset), record in decided.items():
        message = json.loads(log.inboxes[topic, partition][offset])
        if message["type"] != "settlement_confirmed":
            continue
        body = message["body"]
        before = body["previously_settled"] or "0"
        key = (body["servicer"], body["account"], body["servicer_transaction_id"], before)
        first = record.events[0] if record.events[0]["type"] != "time_advanced" else record.events[1]
        became[first["type"]] += 1
        if first["type"] in ("message_parked", "information_recorded"):
            assert key not in movements, f"{key} brings shares and became {first}"
            continue
        assert first["type"] in ("lot_received", "confirmation_repeated"), first
        lots[key] += [event for event in record.events if event["type"] == "lot_received"]
        assert movements[key] == body["quantity"]
    for key, received in lots.items():
        assert len(received) == 1, f"{key} made {len(received)} lots"
        assert received[0]["shares"] == movements[key]
    return became


def check_lots(log: Log) -> None:
    """A mint consumes lots that were received and are consumed once; the pool covers what was minted."""
    shares: dict[str, Fraction] = {}
    backed: dict[str, Fraction] = defaultdict(Fraction)
    pool: dict[str, Fraction] = defaultdict(Fraction)
    for name, book in sorted(log.books.items()):
        for event in (event for record in book.valid for event in record.events):
            if event["type"] == "lot_received":
                assert event["lot"] not in shares, f"{event['lot']} was received twice"
                shares[event["lot"]] = Fraction(event["shares"])
            elif event["type"] == "lot_split":
                parts = {part["lot"]: Fraction(part["shares"]) for part in event["parts"]}
                assert sum(parts.values()) == shares.pop(event["lot"])
                shares |= parts
            elif event["type"] == "mint_authorized" and name.startswith("ledger-"):
                consumed = sum((shares.pop(lot) for lot in event["lots"]), Fraction())
                assert consumed == Fraction(event["shares_in"])
                pool[event["instrument"]] += consumed
                backed[event["instrument"]] += Fraction(event["units"]) * Fraction(event["multiplier"])
    for instrument, needed in backed.items():
        assert needed <= pool[instrument], f"{instrument}: {needed} is backed by {pool[instrument]}"


def check_mints(log: Log, chains: Path) -> int:
    """Each mint is authorized, signed for, final and on its chain once, with its units; return how many."""
    assert not log.events("mint_failed"), "nothing here takes as long as a mint's deadline"
    authorized = _once(log.events("mint_authorized"))
    finalized = _once(log.events("mint_finalized"))
    assert authorized.keys() == finalized.keys()
    ledger = {record.sha256 for name, book in log.books.items() for record in book.valid}
    taken: dict[str, str] = {}
    for name, book in log.books.items():
        for record in book.valid if name.startswith("transactions.") else ():
            assert record.source is None or record.source["sha256"] in ledger
            for event in record.events:
                if event["type"] == "operation_taken":
                    operation = event["operation"]
                    assert operation not in taken, f"{name} and {taken[operation]} took one operation"
                    taken[operation] = name
    assert taken.keys() == authorized.keys()
    on_chain, supply = _on_chains(chains)
    assert on_chain == Counter(authorized.keys()), "each mint stands on a chain once, and no other does"
    expected: Counter[tuple[str, str]] = Counter()
    for mint, event in authorized.items():
        assert finalized[mint]["units"] == event["units"]
        base_amount = Fraction(event["units"]) * 10 ** event["decimals"]
        assert base_amount.denominator == 1
        expected[event["chain"], event["token"]] += int(base_amount)
    assert supply == expected
    return len(authorized)


def check_sent(log: Log, chains: Path) -> int:
    """Every mint's transaction on a chain is one that a valid record holds; return how many there are."""
    recorded = {
        event["transaction"]
        for name, book in log.books.items()
        for record in book.valid
        for event in record.events
        if event["type"] == "transaction_signed"
    }
    sent = {digest(data) for _, data in _included(chains) if json.loads(data)["action"]["kind"] == "mint"}
    assert sent <= recorded, f"{len(sent - recorded)} transactions were sent that no valid record holds"
    return len(sent)


def check_answers(data: Path, decided: dict[Place, Record], laid: dict[str, Any]) -> set[Place]:
    """Each file is laid aside once with an answer that the log confirms; return the places answered."""
    files = {
        path.name: path
        for folder in ("done", "parked")
        for path in (data / folder).iterdir()
        if not path.name.endswith(".answer.json")
    }
    assert not list((data / "in").glob("*/*")), "nothing waits"
    assert set(files) == {each.name for each in laid.values()}, "nothing is lost, and nothing was made up"
    answered: set[Place] = set()
    for each in laid.values():
        path = files[each.name]
        assert path.read_bytes() == each.data
        answer = json.loads(path.with_name(path.name + ".answer.json").read_text(encoding="utf-8"))
        assert answer["file"] == each.name
        assert [message["index"] for message in answer["messages"]] == list(range(len(answer["messages"])))
        parked = False
        for message in answer["messages"]:
            source = message["source"]
            place = (source["topic"], source["partition"], source["offset"])
            record = decided[place]
            assert (record.seq, record.sha256) == (message["record"]["seq"], message["record"]["sha256"])
            assert record.events == message["events"]
            assert record.source == source
            assert place not in answered, f"{place} answers two files"
            answered.add(place)
            parked = parked or any(
                event["type"] in ("message_parked", "message_set_aside") for event in record.events
            )
        assert path.parent.name == ("parked" if parked else "done")
    return answered


def check_submitted(log: Log, answers: list[dict[str, str]]) -> None:
    """What `submit` said is appended stands in that inbox, and its bytes among the evidence."""
    digests = {
        f"{topic}-{partition}": {digest(value) for value in values}
        for (topic, partition), values in log.inboxes.items()
    }
    for answer in answers:
        assert answer["message"] in digests[answer["stream"]]
        assert answer["evidence"] in log.evidence


def _once(events: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    by_mint: dict[str, dict[str, Any]] = {}
    for event in events:
        assert event["mint"] not in by_mint, f"{event['type']} twice for {event['mint']}"
        by_mint[event["mint"]] = event
    return by_mint


def _on_chains(folder: Path) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """Return each mint id's occurrences in the chains' blocks, and the supply of each chain's tokens."""
    mints: Counter[str] = Counter()
    supply: Counter[tuple[str, str]] = Counter()
    for name, data in _included(folder):
        action = json.loads(data)["action"]
        if action["kind"] == "mint":
            mints[action["operation"]] += 1
            supply[name, action["token"]] += int(action["base_amount"])
    return mints, supply


def _included(folder: Path) -> list[tuple[str, bytes]]:
    """Return the chain and the bytes of every transaction in a block."""
    found: list[tuple[str, bytes]] = []
    for path in folder.glob("*.sqlite"):
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            ((name,),) = connection.execute("SELECT name FROM genesis").fetchall()
            rows = connection.execute("SELECT data FROM included ORDER BY height, position").fetchall()
        found += [(name, data) for (data,) in rows]
    return found
