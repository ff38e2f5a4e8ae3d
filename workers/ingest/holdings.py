"""Statements of holdings in any dialect: what makes a page of one, and which are not safe to read."""

from collections.abc import Sequence
from typing import NamedTuple

from schemas.statement import Balance, Statement, StatementBasis
from workers.ingest.reading import Unreadable


class Page(NamedTuple):
    """What a page says of itself; `has_holdings` is its word on whether there are any, None without one."""

    servicer: str | None
    statement_id: str | None
    number: int
    is_last: bool
    as_of: str
    is_complete: bool
    basis: StatementBasis | None
    has_holdings: bool | None


def statement(page: Page, account: str, balances: Sequence[Balance], where: str) -> Statement:
    """Return what a page says of one account.

    A statement without a balance says that everything is gone, so it must also say that there is nothing. A
    security that stands twice has two answers; whether they add up is not ours to say.
    """
    is_alone = page.number == 1 and page.is_last
    if not balances and page.is_complete and is_alone and page.has_holdings is not False:
        sentence = f"No balance of {account[:40]}, and no word that there is none."
        raise Unreadable("ambiguous", sentence, where)
    securities = [one.security for one in balances]
    if len(set(securities)) != len(securities):
        twice = next(one for one in securities if securities.count(one) > 1)
        sentence = f"{twice.scheme} {twice.id[:40]} stands more than once in {account[:40]}."
        raise Unreadable("ambiguous", sentence, where)
    return Statement(
        servicer=page.servicer,
        account=account,
        statement_id=page.statement_id,
        page=page.number,
        last_page=page.is_last,
        as_of=page.as_of,
        complete=page.is_complete,
        basis=page.basis,
        balances=tuple(balances),
    )
