"""The house rules as a sender sees them: what was relayed to every book, read off the broadcast.

The relay appends to partition 0 last, so a rule that stands there stands in every partition.
"""

from schemas.envelope import NotAMessage, decode_message
from schemas.messages import BROADCAST, OPERATOR, Genesis, HouseRulePublished
from schemas.streams import inbox_stream
from workers.core.ledger.rules import Rules, apply_rule
from workers.log.engine import Engine

READ_LIMIT = 1_000


class HouseView:
    """A reader's place in the house rules."""

    def __init__(self, engine: Engine) -> None:
        self.rules = Rules()
        self._engine = engine
        self._position = 0

    def advance(self) -> Rules:
        """Read on to the present end, and return the rules."""
        while True:
            entries = self._engine.read(inbox_stream(BROADCAST, 0), self._position, READ_LIMIT)
            for entry in entries:
                self._position = entry.position + 1
                self._apply(entry.value)
            if len(entries) < READ_LIMIT:
                return self.rules

    def _apply(self, data: bytes) -> None:
        try:
            body = decode_message(data).body
        except NotAMessage:
            return
        if isinstance(body, HouseRulePublished) and body.number == self.rules.number + 1:
            apply_rule(self.rules, body.number, body.rule)


def first_message(engine: Engine) -> Genesis | None:
    """Return the genesis of a log, which is its first message; None where there is none."""
    entries = engine.read(inbox_stream(OPERATOR, 0), 0, 1)
    try:
        body = decode_message(entries[0].value).body if entries else None
    except NotAMessage:
        return None
    return body if isinstance(body, Genesis) else None
