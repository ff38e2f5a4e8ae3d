"""Statements of holdings: mostly fresh and whole; withheld, in pieces, twice, or from the wrong people."""

from dataclasses import replace
from random import Random
from typing import Any

from schemas import instants
from schemas.confirmation import Security
from schemas.messages import CUSTODY
from schemas.statement import Balance, Statement
from schemas.streams import inbox_stream
from tests.simulation import house
from tests.simulation.custodians import reader
from tests.simulation.world import ISINS, World

PLACES = (
    (house.SERVICER, house.BACKING),
    (house.SERVICER, house.TREASURY),
    (house.BROKER, house.AT_BROKER),
)
PLAIN = Statement(
    servicer=house.SERVICER, account=house.BACKING, statement_id=None, page=1, last_page=True,
    as_of="2026-11-23", complete=True, basis="settled", balances=(),
)  # fmt: skip
TOO_MANY = 9


def state(world: World, random: Random) -> None:
    """Tell what an account holds, all pages of it, in any order, or one of them twice."""
    pages = _pages(world, random, *random.choice(PLACES))
    in_order = list(pages)
    random.shuffle(pages)
    if pages != in_order:
        world.coverage.happened("statement pages out of order")
    if random.random() < 0.2:
        pages.insert(random.randrange(len(pages) + 1), random.choice(pages))
    for page in pages:
        tell(world, page)


def state_all(world: World, random: Random) -> None:
    """Tell what every account holds, as custodians do at the end of a day."""
    for servicer, account in PLACES:
        for page in _pages(world, random, servicer, account):
            tell(world, page)


def state_badly(world: World, random: Random) -> None:
    """Withhold a page, contradict one, or tell what is no evidence."""
    pages = _pages(world, random, *random.choice(PLACES), count=random.choice((2, 3)))
    first, last = pages[0], pages[-1]
    wrong: dict[str, list[Statement]] = {
        "withheld": pages[:-1],
        "late": [first, *_pages(world, random, first.servicer or "", first.account), last],
        "differs": [first, replace(first, balances=()), *pages],
        "beyond": [*pages[:-2], last, replace(last, page=last.page + 1), *pages],
        "whole_differs": [*pages, replace(first, balances=())],
        "delta": [replace(page, complete=False) for page in pages],
        "basis": [replace(page, basis=random.choice(("traded", "contractual", None))) for page in pages],
        "other": [replace(page, account=house.OTHER) for page in pages],
        "unknown": [replace(page, account="NOBODY-1") for page in pages],
        "ahead": [replace(page, as_of=world.clock.now(100_000.0)) for page in pages],
        "too_many": [replace(first, statement_id=f"{first.statement_id}-{n}") for n in range(TOO_MANY)],
    }
    for page in wrong[random.choice(list(wrong))]:
        tell(world, page)


def misstate(world: World, random: Random) -> None:
    """Tell a true page as somebody who may not, to another book, or under an instrument."""
    (page, *_) = _pages(world, random, *random.choice(PLACES), count=1)
    match random.choice(("sender", "book", "instrument")):
        case "sender":
            tell(world, page, sender="mallory")
        case "book":
            wrong = random.randrange(1, world.setting.partitions)
            data = world.message("holdings_statement_received", _sender(page), None, page)
            world.append(_sender(page), inbox_stream(CUSTODY, wrong), [data])
        case _:
            tell(world, page, instrument=random.choice(list(ISINS)))


def tell(world: World, page: Statement, *, sender: str = "", instrument: str | None = None) -> None:
    """Send a page as its custodian does."""
    feed = house.BROKER_FEED if page.servicer == house.BROKER else house.FEED
    name = "holdings_statement_received"
    world.send(name, sender or _sender(page), instrument, page, reader=reader(feed))


def _sender(page: Statement) -> str:
    return "broker" if page.servicer == house.BROKER else "chase"


def _pages(
    world: World, random: Random, servicer: str, account: str, count: int | None = None
) -> list[Statement]:
    """Return a statement of an account; what it lists is as good as anything to whoever reads its age."""
    number = len(world.memory.setdefault("statements", []))
    world.memory["statements"].append(account)
    pages = count or random.choice((1, 1, 2, 3))
    terms: dict[str, Any] = {"servicer": servicer, "account": account, "as_of": _as_of(world, random)}
    terms["statement_id"] = random.choice((f"S{number}", f"S{number}", None))
    return [
        replace(PLAIN, **terms, page=page, last_page=page == pages, balances=_balances(random))
        for page in range(1, pages + 1)
    ]


def _balances(random: Random) -> tuple[Balance, ...]:
    names = random.sample(list(ISINS), random.choice((0, 1, 3)))
    return tuple(
        Balance(
            security=Security(scheme="ISIN", id=ISINS[name]),
            quantity=random.choice(("0", "12.5", "1000", "-3")),
            available=random.choice((None, "10")),
        )
        for name in names
    )


def _as_of(world: World, random: Random) -> str:
    """Return a moment that mostly was just now."""
    now = world.clock.now()
    return random.choice(
        (
            *(now,) * 6,
            world.clock.now(-random.random() * 40),
            world.clock.now(-random.random() * 400),
            world.clock.now(random.random() * 30),
            instants.day(now),
            now.removesuffix("Z"),
        )
    )
