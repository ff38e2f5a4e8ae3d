"""INV-022 statements: believed when whole and from who may send; no mint stands on one that is too old."""

from collections.abc import Callable, Iterator
from typing import Any

from schemas import instants
from schemas.collateral import CollateralRules
from schemas.events import (
    HouseRuleDecided,
    IssuanceWaits,
    MintAuthorized,
    StatementForgotten,
    StatementPageDisputed,
    StatementPageKept,
    StatementPageRepeated,
)
from schemas.statement import HoldingsStated, Statement
from schemas.streams import HOUSE_BOOK
from workers.core.invariants.collateral import collateral_after
from workers.core.invariants.facts import BookFacts, Facts, StatementFacts
from workers.core.invariants.predicate import Predicate, Record


def page_is_what_was_said(facts: Facts, record: Record, event: StatementPageKept) -> Iterator[str]:
    """A page that is kept was said, by who may, of an account of ours, as part of a whole statement."""
    said: Statement | None = record.body("holdings_statement_received")
    if said is None or _words(event) != _words(said) or record.book != HOUSE_BOOK:
        yield f"nobody said page {event.page} of {event.statement} like this to {record.book}"
        return
    if not said.complete or said.basis != "settled":
        yield f"page {event.page} of {event.statement} is on basis {said.basis}, or of a delta"
    account = facts.books[record.book].rules.accounts.get((event.servicer, event.account))
    message = None if record.input is None else record.input.message
    if account is None or account.purpose == "other":
        yield f"{event.servicer} {event.account} is no account that backs anything"
    elif message is None or message.sender not in account.senders:
        yield f"page {event.page} of {event.statement} is not from who may send for {event.account}"
    found = facts.statements.get(event.statement, StatementFacts())
    if found.disputed or event.page in found.pages:
        yield f"page {event.page} of {event.statement} was there before, or its set is given up"
    time = facts.books[record.book].time or instants.FIRST
    if event.counts_from > min(time, instants.counted_from(event.as_of)):
        yield f"a statement as of {event.as_of}, here at {time}, cannot count from {event.counts_from}"


def page_is_repeated(facts: Facts, record: Record, event: StatementPageRepeated) -> Iterator[str]:
    """A page is a repeated one only if the same was kept before."""
    said: Statement | None = record.body("holdings_statement_received")
    found = facts.statements.get(event.statement, StatementFacts())
    before = found.pages.get(event.page)
    if said is None or before is None or found.disputed or _words(before) != _words(said):
        yield f"page {event.page} of {event.statement} was not said before like this"


def statement_is_whole(facts: Facts, _record: Record, event: HouseRuleDecided) -> Iterator[str]:
    """A statement is believed when its pages are there without a gap up to the last, and no two disagree."""
    stated = event.rule
    if not isinstance(stated, HoldingsStated):
        return
    found = facts.statements.get(stated.statement, StatementFacts())
    pages = [found.pages[number] for number in sorted(found.pages)]
    numbers = [page.page for page in pages]
    lasts = [page.page for page in pages if page.last_page]
    if found.disputed or found.whole or numbers != list(range(1, len(pages) + 1)) or lasts != numbers[-1:]:
        yield f"statement {stated.statement} is not whole: pages {numbers}, last {lasts}"
        return
    named = {(page.servicer, page.account, page.statement_id, page.as_of, page.counts_from) for page in pages}
    says = stated.servicer, stated.account, stated.statement_id, stated.as_of, stated.counts_from
    if named != {says} or stated.balances != tuple(each for page in pages for each in page.balances):
        yield f"statement {stated.statement} says something else than its pages"
    last = facts.house.statements.get((stated.servicer, stated.account))
    if last is not None and stated.counts_from < last.counts_from:
        yield f"statement {stated.statement} is older than {last.statement}"


def forgotten_is_open(facts: Facts, _record: Record, event: StatementForgotten) -> Iterator[str]:
    """What is forgotten was never whole."""
    found = facts.statements.get(event.statement)
    if found is None or found.whole:
        yield f"statement {event.statement} is not one that is still to be whole"


def evidence_is_young(facts: Facts, record: Record, event: MintAuthorized) -> Iterator[str]:
    """Of every eligible account that holds collateral after the mint, a statement is young enough."""
    book = facts.books[record.book]
    rules = book.rules.collateral.get(event.instrument)
    if rules is None:
        return
    held = collateral_after(facts, event, rules)
    for servicer, account in stale(book, rules):
        if held[servicer, account] > 0:
            yield f"at {book.time} no statement of {servicer} {account} is young enough for {event.mint}"


def waits_for_a_statement(facts: Facts, record: Record, event: IssuanceWaits) -> Iterator[str]:
    """What is said to wait for a statement waits for an eligible account's that is too old or never came."""
    if event.why != "statement_age":
        return
    book, said = facts.books[record.book], event.statement
    rules = book.rules.collateral.get(event.instrument)
    if rules is None or said is None or said.age_seconds_max != rules.statement_age_seconds_max:
        yield f"issuance {event.issuance} waits for a statement that no rule asks for"
        return
    last = book.rules.statements.get((said.servicer, said.account))
    if said.as_of != (None if last is None else last.as_of):
        yield f"the last statement of {said.account} is not as of {said.as_of}"
    if last is not None and said.age_seconds != _age_seconds(book, last):
        yield f"the statement as of {last.as_of} is not {said.age_seconds} seconds old at {book.time}"
    if (said.servicer, said.account) not in stale(book, rules):
        yield f"issuance {event.issuance} need not wait for a statement of {said.account}"


def stale(book: BookFacts, rules: CollateralRules) -> list[tuple[str, str]]:
    """Return the eligible accounts, holding something or not, whose last statement is too old or missing."""
    age_max = rules.statement_age_seconds_max
    places = [] if age_max is None else [(each.servicer, each.account) for each in rules.eligible]
    last = {place: book.rules.statements.get(place) for place in places}
    return [
        place
        for place, stated in last.items()
        if stated is None or age_max is None or _age_seconds(book, stated) > age_max
    ]


def _age_seconds(book: BookFacts, stated: HoldingsStated) -> int:
    return instants.seconds_between(stated.counts_from, book.time or instants.LAST)


def _words(page: Statement | StatementPageKept) -> tuple[Any, ...]:
    """Return what the page says, and of which set it is."""
    of_set = page.servicer, page.account, page.statement_id, page.as_of
    return *of_set, page.page, page.last_page, page.balances


def _page_kept(facts: Facts, _record: Record, event: StatementPageKept) -> None:
    facts.statements.setdefault(event.statement, StatementFacts()).pages[event.page] = event


def _page_disputed(facts: Facts, _record: Record, event: StatementPageDisputed) -> None:
    found = facts.statements.get(event.statement)
    if found is not None and not found.whole:
        found.disputed = True


def _forgotten(facts: Facts, _record: Record, event: StatementForgotten) -> None:
    facts.statements.pop(event.statement, None)


def believe(facts: Facts, stated: HoldingsStated) -> None:
    """Keep the statement as its account's last, and the pages of none that was before it."""
    last = facts.house.statements.get((stated.servicer, stated.account))
    if last is not None and last.statement != stated.statement:
        facts.statements.pop(last.statement, None)
    facts.statements.setdefault(stated.statement, StatementFacts()).whole = True


FOLD: dict[type, Callable[[Facts, Record, Any], None]] = {
    StatementPageKept: _page_kept,
    StatementPageDisputed: _page_disputed,
    StatementForgotten: _forgotten,
}
PREDICATES = (
    Predicate("INV-022", StatementPageKept, page_is_what_was_said),
    Predicate("INV-022", StatementPageRepeated, page_is_repeated),
    Predicate("INV-022", HouseRuleDecided, statement_is_whole),
    Predicate("INV-022", StatementForgotten, forgotten_is_open),
    Predicate("INV-022", MintAuthorized, evidence_is_young),
    Predicate("INV-022", IssuanceWaits, waits_for_a_statement),
)
