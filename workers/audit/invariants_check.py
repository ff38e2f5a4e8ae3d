"""The invariants of the core, held to every record that is verified."""

from schemas.canonical import digest
from schemas.envelope import Message
from workers.audit.findings import Findings
from workers.core.invariants import Input, Invariants, Violation
from workers.log.engine import Entry
from workers.log.rule import Valid


class InvariantsCheck:
    """Gives the checker every valid record with its message, and reports what it says."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._invariants: Invariants | None = Invariants()

    def observe(self, book: str, record: Valid, entry: Entry | None, message: Message | None) -> None:
        """Take the next valid record of a book in."""
        if self._invariants is None:
            return
        given = None if entry is None else Input(digest(entry.value), message)
        try:
            found = self._invariants.observe(
                book,
                record.seq,
                sha256=record.sha256,
                source=record.source,
                events=record.events,
                message=given,
            )
        except Exception as error:  # noqa: BLE001 - a forged log may say what no checker foresaw
            self._invariants = None
            text = f"the invariants could not be checked any further: {type(error).__name__}: {error}"
            self._findings.add("invariants_stopped", book, text, seq=record.seq)
            return
        self._report(found)

    def finish(self) -> None:
        """Report what can be said at the end only."""
        if self._invariants is not None:
            self._report(self._invariants.finish())

    def _report(self, violations: list[Violation]) -> None:
        for violation in violations:
            text = f"{violation.predicate}: {violation.text}" if violation.predicate else violation.text
            self._findings.add(violation.number, violation.book, text, seq=violation.seq)
