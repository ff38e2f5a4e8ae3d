"""Settlement: the loop on one book of the ledger, from its five inbox partitions.

Its effects, each after the read-back: book 0 relays numbered house rules to every book, and a tick is asked
of the clock when something is due. Both are derived from the log, so a new owner owes what the old one did.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, TypeAlias

from schemas import instants
from schemas.envelope import InboxSource, Message, encode_message
from schemas.messages import BROADCAST, CHAIN, CUSTODY, OPERATOR, REQUESTS, Tick
from schemas.registry import Event
from schemas.streams import inbox_stream, ledger_book
from workers.core import ledger
from workers.core.ledger import Given, State, given_of
from workers.log.commit import GroupCommit
from workers.log.engine import Engine, Entry, LogError
from workers.loop import Settled
from workers.relay import Relay
from workers.runner import Runner, Surroundings
from workers.snapshots import load

BATCH = 200
"""Of each inbox at once: a book that has much to decide lets the others have their turn."""
CLOCK = "clock"


class LedgerDecider:
    """The ledger's decider, as the loop calls it."""

    def initial(self, book: str) -> State:
        """Return the state of a book without records."""
        return ledger.initial(int(book.rpartition("-")[2]))

    def decide(self, state: State, given: Given) -> Iterator[Event]:
        """Decide an inbox message."""
        return ledger.decide(state, given)

    def evolve(self, state: State, event: Event) -> None:
        """Apply an event."""
        ledger.evolve(state, event)

    def set_aside(self, given: Given, error: str) -> Iterator[Event]:
        """Set a message aside whose decision raised."""
        return ledger.set_aside(given, error)


LedgerRunner: TypeAlias = Runner[State, Given]


class Inboxes(Protocol):
    """Where the inboxes are read: the engine itself, or what a consumer has fetched of them."""

    def read(self, stream: str, position: int, limit: int) -> list[Entry]:
        """Return up to `limit` entries from a position on, as far as they are there."""
        ...


class Settlement:
    """One ledger book in one process."""

    def __init__(
        self,
        engine: Engine,
        partition: int,
        around: Surroundings,
        *,
        inboxes: Inboxes | None = None,
        snapshots: Path | None = None,
    ) -> None:
        self.partition = partition
        book = ledger_book(partition)
        self.runner: LedgerRunner = Runner(
            engine,
            book,
            LedgerDecider(),
            around,
            keeps_state=True,
            snapshot=lambda: None if snapshots is None else load(snapshots, book, engine, State),
        )
        self._engine = engine
        self._inboxes = inboxes or engine
        self._around = around
        self._relay = Relay(engine) if partition == 0 else None
        self._tick_offset = -1

    @property
    def pending(self) -> int:
        """Return how many records wait to be read back."""
        return self.runner.loop.pending

    @property
    def behind(self) -> bool:
        """Return whether more of the book stands there than was read."""
        return self.runner.behind

    def decided(self, topic: str) -> int:
        """Return the offset of a topic up to which every input is decided, read back as valid."""
        return self.runner.loop.chain.next_offset(topic, self.partition)

    def next_input(self, topic: str) -> Entry | None:
        """Return the oldest input of a topic that is not decided, where this owner can read it now."""
        if not self.runner.owning:
            return None
        offset = self.runner.loop.ahead.next_offset(topic, self.partition)
        found = self._inboxes.read(inbox_stream(topic, self.partition), offset, 1)
        return found[0] if found else None

    def advance(self, commit: GroupCommit) -> list[Settled[Given]]:
        """Do one round: read the book, act on what is settled, decide what waits in the inboxes."""
        commit.on_failure(self._doubt)
        settled = self.runner.advance(commit.append)
        if self._relay is not None:
            self._relay.advance(settled, self.runner, commit.append)
        if self.runner.owning:
            idle = self._decide(commit)
            if idle or self._lags():
                self._ask_for_tick(commit)
        return settled

    def _doubt(self, error: LogError) -> None:
        """Begin anew; a tick that may not be there is asked for again, whatever took its place."""
        self._tick_offset = -1
        self.runner.doubt(f"an append failed: {error}")

    def _decide(self, commit: GroupCommit) -> bool:
        """Decide what waits, house rules first; return whether nothing did."""
        topics = (OPERATOR,) if self._lags() else (CUSTODY, REQUESTS, CHAIN, OPERATOR)
        waiting = [(topic, self._waiting(topic)) for topic in topics]
        # Read last and decided first: whoever resolved an alias saw its rule in this book's broadcast.
        waiting.insert(0, (BROADCAST, self._waiting(BROADCAST)))
        for topic, entries in waiting:
            for entry in entries:
                record = self._decide_entry(topic, entry)
                if record is None:
                    return False
                commit.append(self.runner.book, record)
        return not any(entries for _, entries in waiting) and self.runner.loop.pending == 0

    def _lags(self) -> bool:
        """Return whether the book's time is further behind than policy lets a message move it.

        After a pause ticks come first: decided at the old time, requests would be refused for their time,
        and mints authorized with deadlines that have passed.
        """
        state = self.runner.loop.state
        if state.time is None or state.rules.policy is None:
            return False
        behind = instants.seconds_between(state.time, self._around.now())
        return behind > state.policy.largest_time_jump_seconds

    def _waiting(self, topic: str) -> list[Entry]:
        limit = min(BATCH, self.runner.room)
        if limit <= 0:
            return []
        offset = self.runner.loop.ahead.next_offset(topic, self.partition)
        return self._inboxes.read(inbox_stream(topic, self.partition), offset, limit)

    def _decide_entry(self, topic: str, entry: Entry) -> list[bytes] | None:
        """Return the records of an entry and of the hole before it; None after a doubt."""
        records: list[bytes] = []
        offset = self.runner.loop.ahead.next_offset(topic, self.partition)
        if entry.position > offset:
            hole = InboxSource(topic=topic, partition=self.partition, offset=offset, sha256=None)
            records.append(self.runner.absent(hole, entry.position - offset))
        given = given_of(topic, entry.value)
        source = InboxSource(
            topic=topic, partition=self.partition, offset=entry.position, sha256=given.sha256
        )
        record = self.runner.decide(source, given)
        return None if record is None else [*records, record]

    def _ask_for_tick(self, commit: GroupCommit) -> None:
        """Append a tick where something is due and the last one was decided."""
        state = self.runner.loop.state
        due, now = ledger.due_at(state), self._around.now()
        if due is None or state.time is None or now < due:
            return
        stream = inbox_stream(OPERATOR, self.partition)
        if self.decided(OPERATOR) <= self._tick_offset < self._engine.end(stream):
            return
        # A clock that is far ahead moves the book in steps that policy accepts.
        at = min(now, instants.plus(state.time, state.policy.largest_time_jump_seconds))
        self._tick_offset = self._engine.end(stream)
        tick = Message(
            type="tick",
            received_at=now,
            sender=CLOCK,
            instrument=None,
            evidence=None,
            reader=None,
            body=Tick(at=at),
        )
        commit.append(stream, [encode_message(tick)])
