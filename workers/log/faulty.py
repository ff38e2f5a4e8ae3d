"""A log in memory whose appends go wrong, so that the rule is tried against what networks and brokers do.

Everything random comes from the caller's generator, in the order of the calls: the same seed and the same
calls give the same log.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from workers.log.engine import AppendFailed, Entry, LogUnusable, OutcomeUnknown
from workers.log.faults import DOUBTFUL, Fault, Faults, PerMille
from workers.log.memory import MemoryEngine


@dataclass(slots=True, eq=False)
class _InFlight:
    """A batch that lands once so many more appends have reached its stream."""

    client: str
    stream: str
    values: Sequence[bytes]
    appends_before: int


class FaultyLog:
    """One log that several clients share, each through its own handle.

    `chances` are by the beginning of a stream's name; the longest that fits counts. `faults` counts what
    happened, by name, with `landed` and `dropped` for what became of delayed batches.
    """

    def __init__(
        self,
        engine: MemoryEngine,
        randomness: Random,
        chances: Mapping[str, PerMille] | None = None,
        *,
        delay_appends_max: int = 4,
        hole_positions_max: int = 3,
    ) -> None:
        self.engine = engine
        self.faults: Counter[str] = Counter()
        self._randomness = randomness
        self._faults_to_meet = Faults(randomness, chances or {})
        self._delay_appends_max = delay_appends_max
        self._hole_positions_max = hole_positions_max
        self._in_flight: list[_InFlight] = []

    def client(self, name: str) -> "FaultyEngine":
        """Return a handle; what it leaves in flight is landed and dropped by this name."""
        return FaultyEngine(self, name)

    def plan(self, client: str, *faults: Fault | None) -> None:
        """Let the client's next batches meet these faults, in order, before any chance; None is no fault."""
        self._faults_to_meet.plan(client, *faults)

    def calm(self) -> None:
        """Stop all chances; planned faults still happen, and batches in flight stay there."""
        self._faults_to_meet.calm()

    def storm(self) -> None:
        """Let the chances act again."""
        self._faults_to_meet.storm()

    def in_flight(self, client: str | None = None) -> int:
        """Return how many delayed batches, of one client or of all, have not landed yet."""
        return sum(client in (None, batch.client) for batch in self._in_flight)

    def land(self, client: str | None = None) -> None:
        """Store the delayed batches of one client or of all, now, in the order of their appends."""
        for batch in self._take(client):
            self._store(batch)

    def drop(self, client: str | None = None) -> None:
        """Forget the delayed batches of one client or of all: they never arrive."""
        self.faults["dropped"] += len(self._take(client))

    def append(self, client: str, batches: Mapping[str, Sequence[bytes]]) -> None:
        """Append as `client`, and let every batch meet its fault."""
        filled = {stream: list(values) for stream, values in batches.items() if values}
        met = {
            stream: self._faults_to_meet.meet(client, stream, len(values))
            for stream, values in filled.items()
        }
        if Fault.REFUSED in met.values():
            self.faults[Fault.REFUSED] += 1
            raise AppendFailed(f"the append of {client} was refused; nothing was appended")
        for stream, values in filled.items():
            self._suffer(client, stream, values, met[stream])
        if doubtful := sorted(stream for stream, fault in met.items() if fault in DOUBTFUL):
            raise OutcomeUnknown(
                f"{client} got no answer for {', '.join(doubtful)}; read before anything else"
            )

    def _suffer(self, client: str, stream: str, values: list[bytes], fault: Fault | None) -> None:
        if fault is not None:
            self.faults[fault] += 1
        if fault is Fault.DELAYED:
            appends = 1 + self._randomness.randrange(self._delay_appends_max)
            self._in_flight.append(_InFlight(client, stream, values, appends))
        if fault in (Fault.DELAYED, Fault.LOST):
            return
        if fault is Fault.HOLE:
            self.engine.leave_hole(stream, 1 + self._randomness.randrange(self._hole_positions_max))
        self.engine.append({stream: self._stored(values, fault)})
        self._land_due(stream)

    def _stored(self, values: list[bytes], fault: Fault | None) -> list[bytes]:
        match fault:
            case Fault.TORN:
                return values[: self._randomness.randrange(1, len(values))]
            case Fault.DUPLICATED:
                return values + values
            case Fault.REORDERED:
                return self._reordered(values)
            case _:
                return values

    def _reordered(self, values: list[bytes]) -> list[bytes]:
        shuffled = self._randomness.sample(values, len(values))
        return values[1:] + values[:1] if shuffled == values else shuffled

    def _land_due(self, stream: str) -> None:
        """Count an append for what is in flight to this stream, and store what has waited long enough."""
        waiting = [batch for batch in self._in_flight if batch.stream == stream]
        for batch in waiting:
            batch.appends_before -= 1
            if batch.appends_before == 0:
                self._in_flight.remove(batch)
                self._store(batch)

    def _store(self, batch: _InFlight) -> None:
        self.engine.append({batch.stream: batch.values})
        self.faults["landed"] += 1

    def _take(self, client: str | None) -> list[_InFlight]:
        taken = [batch for batch in self._in_flight if client in (None, batch.client)]
        self._in_flight = [batch for batch in self._in_flight if client not in (None, batch.client)]
        return taken


class FaultyEngine:
    """One client's handle on a faulty log: appends meet faults, reading and evidence are honest.

    Closing it closes this handle only; what it left in flight may still land.
    """

    def __init__(self, log: FaultyLog, name: str) -> None:
        self.log = log
        self.name = name
        self._closed = False

    def append(self, batches: Mapping[str, Sequence[bytes]]) -> None:
        """Append, and let every batch meet its fault."""
        self._memory()
        self.log.append(self.name, batches)

    def read(self, stream: str, position: int, limit: int) -> list[Entry]:
        """Return up to `limit` entries from a position on."""
        return self._memory().read(stream, position, limit)

    def end(self, stream: str) -> int:
        """Return the position that the next append to this stream would get."""
        return self._memory().end(stream)

    def streams(self) -> list[str]:
        """Return the names of all streams that have an entry, sorted."""
        return self._memory().streams()

    def keep_evidence(self, data: bytes) -> str:
        """Store the bytes once under their SHA-256 and return it."""
        return self._memory().keep_evidence(data)

    def keep_all_evidence(self, items: Iterable[bytes]) -> list[str]:
        """Store all items and return their digests in the same order."""
        return self._memory().keep_all_evidence(items)

    def evidence(self, sha256: str) -> bytes | None:
        """Return the bytes that have this digest, or None."""
        return self._memory().evidence(sha256)

    def evidence_digests(self) -> list[str]:
        """Return the digests of all evidence, sorted."""
        return self._memory().evidence_digests()

    def close(self) -> None:
        """Refuse every call of this handle from now on."""
        self._closed = True

    def _memory(self) -> MemoryEngine:
        if self._closed:
            raise LogUnusable(f"{self.name} has closed the log")
        return self.log.engine
