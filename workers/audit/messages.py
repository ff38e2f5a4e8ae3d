"""Decoding the messages of an inbox once, for all that look at them."""

from schemas.envelope import Message, NotAMessage, decode_message
from workers.log.engine import Entry


class Messages:
    """Remembers the last message: an entry is looked at by everybody before the next one is."""

    def __init__(self) -> None:
        self._entry: Entry | None = None
        self._message: Message | None = None

    def of(self, entry: Entry) -> Message | None:
        """Return the message that an entry holds, or None where its bytes are none."""
        if entry is not self._entry:
            self._entry = entry
            try:
                self._message = decode_message(entry.value)
            except NotAMessage:
                self._message = None
        return self._message
