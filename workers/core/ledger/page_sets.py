"""Pages of statements: those that are not whole yet, and what tells a page of the last whole one again."""

from dataclasses import dataclass, field

from schemas.canonical import digest, encode
from schemas.events import StatementPageKept
from schemas.statement import Balance, Statement

Place = tuple[str, str]
"""A custody account: (servicer, account)."""


@dataclass(slots=True)
class PageSet:
    """The pages of one statement; of a whole one only their digests, which tell a repeated page."""

    statement: str
    place: Place
    statement_id: str | None
    as_of: str
    counts_from: str
    pages: dict[int, tuple[Balance, ...]] = field(default_factory=dict)
    digests: dict[int, str] = field(default_factory=dict)
    last_page: int | None = None
    disputed: bool = False

    @property
    def count(self) -> int:
        """Return how many balances its pages have so far."""
        return sum(len(balances) for balances in self.pages.values())

    @property
    def is_whole(self) -> bool:
        """Return whether every page up to the last is there; none is kept that comes after the last."""
        return len(self.pages) == self.last_page

    def says_already(self, said: Statement) -> bool:
        """Return whether a page came before and said the same."""
        return self.digests.get(said.page) == page_digest(said)

    def ends_before(self, said: Statement) -> bool:
        """Return whether, with this page, one would come after the page that is said to be the last."""
        lasts = [last for last in (self.last_page, said.page if said.last_page else None) if last is not None]
        return bool(lasts) and max(said.page, *self.digests) > min(lasts)

    def keep(self, page: StatementPageKept) -> None:
        """Add a page."""
        self.pages[page.page] = page.balances
        self.digests[page.page] = page_digest(page)
        if page.last_page:
            self.last_page = page.page


def page_digest(page: Statement | StatementPageKept) -> str:
    """Digest what a page says, whoever tells it."""
    return digest(encode([page.page, page.last_page, page.balances]))
