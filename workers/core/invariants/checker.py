"""The checker: give it every valid record, in each book's order, and it says what does not hold.

A book's records must come in order; the books may come one after the other or interleaved.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from schemas import amounts
from schemas.envelope import Source
from schemas.events import HouseRuleApplied
from schemas.house import RegisterInstrument
from schemas.registry import Event
from schemas.streams import is_ledger
from workers.core.invariants import (
    backing,
    bridges,
    burning,
    claims,
    closures,
    collateral,
    contradictions,
    custody,
    effects,
    folding,
    holds,
    house,
    inputs,
    instructions,
    issuance,
    lanes,
    limits,
    minting,
    movements,
    multiplier,
    recall,
    redemption,
    statements,
    transactions,
    units,
)
from workers.core.invariants.effects import Effect
from workers.core.invariants.facts import Facts
from workers.core.invariants.predicate import Input, Predicate, Record, Violation

_ALL = (
    *custody.PREDICATES,
    *movements.PREDICATES,
    *minting.PREDICATES,
    *units.LEDGER_PREDICATES,
    *bridges.PREDICATES,
    *lanes.PREDICATES,
    *contradictions.PREDICATES,
    *closures.PREDICATES,
    *issuance.PREDICATES,
    *recall.PREDICATES,
    *redemption.PREDICATES,
    *burning.PREDICATES,
    *instructions.PREDICATES,
    *holds.PREDICATES,
    *limits.PREDICATES,
    *collateral.PREDICATES,
    *statements.PREDICATES,
    *multiplier.PREDICATES,
    *house.PREDICATES,
)

_STANDING = (
    *backing.STANDING,
    *instructions.STANDING,
    *bridges.STANDING,
    *closures.STANDING,
)


def _by_type(predicates: Iterable[Predicate]) -> dict[type, list[Predicate]]:
    found: dict[type, list[Predicate]] = {}
    for predicate in predicates:
        found.setdefault(predicate.of, []).append(predicate)
    return found


def _numbered() -> dict[str, tuple[str, ...]]:
    names: dict[str, dict[str, None]] = {}
    for predicate in (*_ALL, *transactions.PREDICATES):
        names.setdefault(predicate.number, {})[predicate.name] = None
    for number, standing in _STANDING:
        names.setdefault(number, {})[standing.__name__] = None
    names["INV-008"] = {check.__name__: None for check in inputs.RECORD_CHECKS}
    for number, standing_check in recall.RECORD_CHECKS:
        names[number][standing_check.__name__] = None
    names["INV-008"]["every_message_has_a_record"] = None
    for name in ("source_fits", "effects_have_records", "final_mints_exist"):
        names["INV-011"][name] = None
    return {number: tuple(names[number]) for number in sorted(names)}


PREDICATES: Mapping[str, tuple[str, ...]] = _numbered()
"""The names of each invariant's predicates."""

_LEDGER, _TRANSACTIONS = _by_type(_ALL), _by_type(transactions.PREDICATES)


class Invariants:
    """Folds the log's events, and holds every record to the invariants."""

    def __init__(self) -> None:
        self.facts = Facts()

    def observe(
        self,
        book: str,
        seq: int,
        *,
        sha256: str,
        source: Source,
        events: Sequence[Event],
        message: Input | None,
    ) -> list[Violation]:
        """Take the next valid record of a book in; `message` is what the inbox holds at its source."""
        record = Record(book, seq, sha256, source, tuple(events), message)
        found = list(self._ledger(record) if is_ledger(book) else self._transactions(record))
        claims.keep_named(self.facts, record)
        found += claims.settle(self.facts, record)
        self.facts.books[book].seq = seq
        return found

    def finish(self, ends: Mapping[str, int] | None = None) -> list[Violation]:
        """Check what can be said at the log's end only; `ends` where every inbox is decided up to there."""
        found = list(claims.open_claims(self.facts))
        return found if ends is None else [*found, *inputs.undecided(self.facts, ends)]

    def effects(self, acted: Sequence[Effect], *, complete: bool = False) -> list[Violation]:
        """Hold the chains' effects to the log; `complete` where `acted` is all that is final anywhere."""
        found = list(effects.effects_have_records(self.facts, acted))
        return [*found, *effects.final_mints_exist(self.facts, acted)] if complete else found

    def _ledger(self, record: Record) -> Iterator[Violation]:
        facts = self.facts
        facts.books[record.book].ordered = None
        for check in inputs.RECORD_CHECKS:
            for text in check(facts, record):
                yield Violation("INV-008", record.book, record.seq, text, check.__name__)
        inputs.take(facts, record)
        for event in record.events:
            yield from self._checked(_LEDGER, record, event)
            folding.fold(facts, record, event)
        touched = {each for event in record.events if (each := self._touched(event)) is not None}
        for instrument in sorted(touched):
            yield from self._standing(record, instrument)
        for number, check_after in recall.RECORD_CHECKS:
            for text in check_after(facts, record):
                yield Violation(number, record.book, record.seq, text, check_after.__name__)

    def _transactions(self, record: Record) -> Iterator[Violation]:
        for text in transactions.source_fits(self.facts, record):
            yield Violation("INV-011", record.book, record.seq, text, "source_fits")
        for event in record.events:
            yield from self._checked(_TRANSACTIONS, record, event)
            transactions.fold(self.facts, record, event)

    def _checked(
        self, predicates: Mapping[type, Sequence[Predicate]], record: Record, event: Event
    ) -> Iterator[Violation]:
        for predicate in predicates.get(type(event), ()):
            for text in predicate.check(self.facts, record, event):
                yield Violation(predicate.number, record.book, record.seq, text, predicate.name)

    def _standing(self, record: Record, instrument: str) -> Iterator[Violation]:
        found = self.facts.instruments[instrument]
        for number, check in _STANDING:
            for text in check(found):
                yield Violation(number, record.book, record.seq, f"{instrument}: {text}", check.__name__)

    def _touched(self, event: Event) -> str | None:
        """Return the instrument whose amounts an event may have changed."""
        if isinstance(event, HouseRuleApplied) and isinstance(event.rule, RegisterInstrument):
            found = self.facts.instruments[event.rule.instrument]
            # The first terms say where it begins; from there on it changes by events of its own.
            found.multiplier = found.multiplier or amounts.parse(event.rule.multiplier)
            return event.rule.instrument
        return getattr(event, "instrument", None)
