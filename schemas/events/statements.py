"""Events of statements: pages that are kept until their set is whole, and what becomes of others."""

from typing import Literal

from schemas.counters import Ordinal
from schemas.identifiers import Digest, Text
from schemas.instants import Instant, Stated
from schemas.statement import Balance
from schemas.tagged import tagged


@tagged()
class StatementPageKept:
    """A page of a complete statement on a settled basis; when its set is whole, a house rule follows.

    `statement` digests servicer, account, `statement_id` and `as_of`: what the pages of a set share. Its age
    counts from `counts_from`, in whole seconds: as stated, and never after the receipt of the first page.
    """

    statement: Digest
    servicer: Text
    account: Text
    statement_id: Text | None
    as_of: Stated
    counts_from: Instant
    page: Ordinal
    last_page: bool
    balances: tuple[Balance, ...]


@tagged()
class StatementPageRepeated:
    """The page came before, and says the same; nothing changes."""

    statement: Digest
    page: Ordinal


@tagged()
class StatementPageDisputed:
    """The page contradicts its set: it is recorded and not believed, nor is a set that was not whole yet.

    `page_differs`: it came before and said something else. `beyond_last_page`: a page comes after the one
    that is said to be the last. `disputed_before`: the set was given up.
    """

    statement: Digest
    page: Ordinal
    why: Literal["page_differs", "beyond_last_page", "disputed_before"]


@tagged()
class StatementForgotten:
    """A set that was not whole is forgotten, with so many pages.

    `superseded`: a newer statement of the account is whole. `too_many`: it was opened before all the others
    of its account that are not whole, and there is no room for one more.
    """

    statement: Digest
    servicer: Text
    account: Text
    pages: Ordinal
    why: Literal["superseded", "too_many"]
