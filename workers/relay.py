"""Relaying house rules: what book 0 decided and numbered, appended to every book's broadcast, in order.

What is still to be relayed is read off the broadcast itself, so that doing it twice, from two owners or after
an append of unknown outcome, changes nothing: a book applies the next number and ignores every other.
"""

from collections.abc import Callable, Sequence

from schemas.envelope import Message, NotAMessage, decode_message, encode_message
from schemas.events import HouseRuleDecided
from schemas.house import CreateLog
from schemas.messages import BROADCAST, HouseRulePublished, RecordName
from schemas.streams import HOUSE_BOOK, inbox_stream
from workers.core.ledger import Given, State
from workers.core.ledger.rules import Rules
from workers.log.engine import Engine
from workers.log.follower import Follower
from workers.log.rule import Valid
from workers.loop import Loop, Settled
from workers.runner import Runner

READ_LIMIT = 1_000


class Relay:
    """Book 0's effect: its decided rules on one side, what each partition's broadcast holds on the other.

    Only rules that some broadcast does not hold yet are kept: statements of holdings come every day.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._loop: Loop[State, Given] | None = None
        self._decided: list[Message] = []
        self._dropped = 0
        self._partitions = 0
        self._positions: dict[int, int] = {}
        self._numbers: dict[int, int] = {}

    def advance(
        self,
        settled: Sequence[Settled[Given]],
        runner: Runner[State, Given],
        append: Callable[[str, Sequence[bytes]], None],
    ) -> None:
        """Take up what is settled, and append what a partition's broadcast does not hold yet."""
        if runner.loop is not self._loop:
            self._loop = runner.loop
            self._begin(runner.loop.state.house, [each.record for each in settled])
        for each in settled:
            self._take_up(each.record)
        if not runner.owning or not self._decided:
            return
        # Partition 0 last: who finds a rule there finds it in every partition.
        for partition in reversed(range(self._partitions)):
            if self._numbers.get(partition, 0) >= self._dropped + len(self._decided):
                continue
            missing = self._decided[self._published(partition) - self._dropped :]
            append(inbox_stream(BROADCAST, partition), [encode_message(message) for message in missing])
        self._drop(min(self._numbers.get(partition, 0) for partition in range(self._partitions)))

    def _begin(self, house: Rules, settled: Sequence[Valid]) -> None:
        """Take up what was decided before the first record that is told: the fold may begin at a snapshot."""
        told = sum(isinstance(event, HouseRuleDecided) for record in settled for event in record.events)
        self._partitions, self._dropped = house.partitions, house.number - told
        self._decided.clear()
        if all(self._published(partition) >= self._dropped for partition in range(self._partitions)):
            return
        before, self._dropped = self._dropped, 0
        for record in Follower(self._engine, HOUSE_BOOK).advance():
            if len(self._decided) >= before:
                return
            self._take_up(record)

    def _drop(self, number: int) -> None:
        """Forget the rules up to a number, which every broadcast holds."""
        # While an owner still reads its book, a broadcast can hold more than it has read.
        count = min(number - self._dropped, len(self._decided))
        del self._decided[:count]
        self._dropped += count

    def _take_up(self, record: Valid) -> None:
        name = RecordName(book=HOUSE_BOOK, seq=record.seq, sha256=record.sha256)
        for event in record.events:
            if isinstance(event, HouseRuleDecided):
                if isinstance(event.rule, CreateLog):
                    self._partitions = event.rule.partitions
                self._decided.append(_message(event, name, record.recorded_at))

    def _published(self, partition: int) -> int:
        """Read a partition's broadcast on, and return the number that its book has reached or will."""
        stream = inbox_stream(BROADCAST, partition)
        number = self._numbers.get(partition, 0)
        while True:
            entries = self._engine.read(stream, self._positions.get(partition, 0), READ_LIMIT)
            for entry in entries:
                self._positions[partition] = entry.position + 1
                if _number(entry.value) == number + 1:
                    number += 1
            self._numbers[partition] = number
            if len(entries) < READ_LIMIT:
                return number


def _message(event: HouseRuleDecided, record: RecordName, recorded_at: str) -> Message:
    return Message(
        type="house_rule_published",
        received_at=recorded_at,
        sender=HOUSE_BOOK,
        instrument=None,
        evidence=None,
        reader=None,
        body=HouseRulePublished(number=event.number, rule=event.rule, record=record),
    )


def _number(data: bytes) -> int | None:
    try:
        body = decode_message(data).body
    except NotAMessage:
        return None
    return body.number if isinstance(body, HouseRulePublished) else None
