"""The log's rule once more, written apart from `workers.log.rule`: two readers must agree on every line."""

import hashlib
import json
from typing import Any

Source = dict[str, Any]


class SecondReader:
    """A place in a book; `line` says whether the next line is valid and moves over it if so."""

    def __init__(self, book: str) -> None:
        self.book = book
        self.head = "0" * 64
        self.seq = 0
        self.offsets: dict[str, int] = {}

    def line(self, data: bytes) -> bool:
        try:
            record = json.loads(data)
            follows = record["prev"] == self.head and record["seq"] == self.seq + 1
            fits = record["book"] == self.book and self._source_fits(record["source"], record["events"])
        except (ValueError, KeyError, TypeError):
            return False
        if not (follows and fits):
            return False
        self.head = hashlib.sha256(data).hexdigest()
        self.seq += 1
        self._move(record["source"], record["events"])
        return True

    def _source_fits(self, source: Source | None, events: list[dict[str, Any]]) -> bool:
        if not self.book.startswith("ledger-"):
            return source is None or "topic" not in source
        if source is None:
            return [event["type"] for event in events] == ["owner_started"]
        return bool(source["offset"] == self.offsets.get(f"{source['topic']}-{source['partition']}", 0))

    def _move(self, source: Source | None, events: list[dict[str, Any]]) -> None:
        if source is not None and "topic" in source:
            count = next((event["count"] for event in events if event["type"] == "offsets_absent"), 1)
            self.offsets[f"{source['topic']}-{source['partition']}"] = source["offset"] + count
