"""Statements: book 0 collects the pages of one, and when its set is whole it is a fact of the house.

Only a complete statement on a settled basis is evidence of what an account holds, and only from who may send
for the account; any reader may have read it, because a statement told twice moves nothing.
"""

from collections.abc import Iterator
from typing import Literal

from schemas import instants
from schemas.canonical import digest, encode
from schemas.envelope import Message
from schemas.events import (
    HouseRuleDecided,
    InformationRecorded,
    MessageParked,
    StatementForgotten,
    StatementPageDisputed,
    StatementPageKept,
    StatementPageRepeated,
)
from schemas.registry import Event
from schemas.statement import HoldingsStated, Statement
from workers.core.ledger.clock import beyond_policy
from workers.core.ledger.confirmations import information, parked
from workers.core.ledger.page_sets import PageSet, Place
from workers.core.ledger.state import Given, State

OPEN_SETS_MAX = 8
"""Of each account: sets of pages that are not whole."""

PAGES_MAX = 1_000
BALANCES_MAX = 10_000
"""Of one statement: it is one record, and one broadcast to every book."""


def statement_received(state: State, _given: Given, message: Message) -> Iterator[Event]:
    """Keep a page, and decide the statement when it is whole."""
    said = message.body
    assert isinstance(said, Statement), "the message's type decides its body"
    if state.partition != 0 or message.instrument is not None:
        yield parked("misrouted", f"it was sent for {message.instrument}; a statement is for book 0")
        return
    no_evidence = _no_evidence(state, message, said)
    if no_evidence is not None:
        yield no_evidence
        return
    statement = statement_id(said)
    pages = _pages_of(state, statement, said)
    if pages is not None and (pages.disputed or said.page in pages.digests or pages.ends_before(said)):
        yield _in_vain(pages, said)
        return
    not_taken = _not_taken(state, pages, said)
    if not_taken is not None:
        yield not_taken
        return
    if pages is None:
        yield from _make_room(state, said)
    yield _kept(state, pages, statement, said)
    yield from _when_whole(state, state.page_sets[statement])


def statement_id(said: Statement) -> str:
    """Return the id of the statement that a page is of."""
    return digest(encode(["statement", said.servicer, said.account, said.statement_id, said.as_of]))


def _no_evidence(
    state: State, message: Message, said: Statement
) -> MessageParked | InformationRecorded | None:
    """Return why a page says nothing about shares of ours, whatever its set."""
    account = state.rules.accounts.get((said.servicer or "", said.account))
    if account is None:
        return parked("account_unknown", f"{said.servicer} {said.account} is not registered")
    if message.sender not in account.senders:
        return parked("sender_not_allowed", f"{message.sender} may not send for {account.account}")
    if account.purpose == "other":
        return information("account_not_backing", f"{account.account} backs nothing")
    if not said.complete:
        return information("delta_statement", "what it does not list may be there all the same")
    if said.basis != "settled":
        return information("basis_not_settled", f"its basis is {said.basis}")
    return None


def _pages_of(state: State, statement: str, said: Statement) -> PageSet | None:
    """Return the set that a page belongs to: not whole yet, or the last whole one of its account."""
    whole = state.whole_sets.get((said.servicer or "", said.account))
    if whole is not None and whole.statement == statement:
        return whole
    return state.page_sets.get(statement)


def _in_vain(pages: PageSet, said: Statement) -> StatementPageRepeated | StatementPageDisputed:
    """Return what a page is that its set has already, or that contradicts it."""
    if pages.disputed:
        return StatementPageDisputed(statement=pages.statement, page=said.page, why="disputed_before")
    if said.page not in pages.digests:
        return StatementPageDisputed(statement=pages.statement, page=said.page, why="beyond_last_page")
    if pages.says_already(said):
        return StatementPageRepeated(statement=pages.statement, page=said.page)
    return StatementPageDisputed(statement=pages.statement, page=said.page, why="page_differs")


def _not_taken(
    state: State, pages: PageSet | None, said: Statement
) -> MessageParked | InformationRecorded | None:
    """Return why a further page is not kept: its time, or its size."""
    assert state.time is not None, "a message is decided in a book that has a time"
    counts_from = instants.counted_from(said.as_of)
    if beyond_policy(state, counts_from):
        return parked("ahead_of_time", f"it is as of {said.as_of}, and it is {state.time}")
    whole = state.whole_sets.get((said.servicer or "", said.account))
    if whole is not None and min(counts_from, state.time) < whole.counts_from:
        return information("statement_outdated", f"a statement as of {whole.as_of} is known")
    balances = len(said.balances) + (0 if pages is None else pages.count)
    if said.page > PAGES_MAX or balances > BALANCES_MAX:
        most = f"at most {PAGES_MAX} pages and {BALANCES_MAX} balances"
        return parked("too_large", f"page {said.page}, {balances} balances: {most}")
    return None


def _make_room(state: State, said: Statement) -> Iterator[StatementForgotten]:
    """Forget the set that was opened before all others of an account, where a further one is too many."""
    of_account = _open_sets(state, (said.servicer or "", said.account))
    if len(of_account) >= OPEN_SETS_MAX:
        yield _forgotten(of_account[0], "too_many")


def _kept(state: State, pages: PageSet | None, statement: str, said: Statement) -> StatementPageKept:
    assert state.time is not None, "a message is decided in a book that has a time"
    counts_from = min(instants.counted_from(said.as_of), state.time)
    return StatementPageKept(
        statement=statement,
        servicer=said.servicer or "",
        account=said.account,
        statement_id=said.statement_id,
        as_of=said.as_of,
        counts_from=counts_from if pages is None else pages.counts_from,
        page=said.page,
        last_page=said.last_page,
        balances=said.balances,
    )


def _when_whole(state: State, pages: PageSet) -> Iterator[Event]:
    """Decide a statement of which every page up to the last is there; what is older is of no use."""
    if not pages.is_whole:
        return
    stated = HoldingsStated(
        statement=pages.statement,
        servicer=pages.place[0],
        account=pages.place[1],
        statement_id=pages.statement_id,
        as_of=pages.as_of,
        counts_from=pages.counts_from,
        balances=tuple(balance for page in sorted(pages.pages) for balance in pages.pages[page]),
    )
    yield HouseRuleDecided(number=state.house.number + 1, rule=stated)
    for other in _open_sets(state, pages.place):
        if other.counts_from < pages.counts_from:
            yield _forgotten(other, "superseded")


def _open_sets(state: State, place: Place) -> list[PageSet]:
    """Return an account's sets that are not whole, in the order in which they were opened."""
    return [each for each in state.page_sets.values() if each.place == place]


def _forgotten(pages: PageSet, why: Literal["superseded", "too_many"]) -> StatementForgotten:
    return StatementForgotten(
        statement=pages.statement,
        servicer=pages.place[0],
        account=pages.place[1],
        pages=len(pages.digests),
        why=why,
    )


def page_kept(state: State, event: StatementPageKept) -> None:
    """Add the page to its set, which its first page opens."""
    pages = state.page_sets.setdefault(
        event.statement,
        PageSet(
            event.statement,
            (event.servicer, event.account),
            event.statement_id,
            event.as_of,
            event.counts_from,
        ),
    )
    pages.keep(event)


def page_disputed(state: State, event: StatementPageDisputed) -> None:
    """Give the set up, unless it was whole before; that it was is kept, with no balance of it."""
    pages = state.page_sets.get(event.statement)
    if pages is not None:
        pages.disputed = True
        pages.pages.clear()


def forgotten(state: State, event: StatementForgotten) -> None:
    """Keep nothing of the set."""
    del state.page_sets[event.statement]


def decided(state: State, rule: HoldingsStated) -> None:
    """Keep the set as its account's last whole one, without its balances: the house has those."""
    pages = state.page_sets.pop(rule.statement)
    pages.pages.clear()
    state.whole_sets[pages.place] = pages


DECIDE = {"holdings_statement_received": statement_received}
EVOLVE = {
    StatementPageKept: page_kept,
    StatementPageDisputed: page_disputed,
    StatementForgotten: forgotten,
}
