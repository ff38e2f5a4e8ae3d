"""A folded state as tables: what is held, what is outstanding on each chain, what is open and why."""

from collections.abc import Iterator
from typing import Any

from workers.cli.output import console, print_table

View = dict[str, Any]

SHOWN_PLACES = 4


def print_state(view: View) -> None:
    """Print the ledger's instruments of a `state_view` as tables, then its signing accounts."""
    instruments = sorted(
        (name, each)
        for book in view["books"].values()
        for name, each in book.get("instruments", {}).items()
        if each["multiplier"] is not None
    )
    if instruments:
        _print_held(instruments)
        _print_outstanding(instruments)
        _print_published(instruments)
        _print_open(instruments)
    _print_house_holds(view)
    _print_books(view)


def _print_held(instruments: list[tuple[str, View]]) -> None:
    numbers = ("multiplier", "pool", "dust", "promised", "reserved", "unassigned", "free", "provisional")
    rows = [
        [
            name,
            each["multiplier"] or "",
            _shown(each["pool"]),
            _shown(each["dust"] or "0"),
            _shown(each["promised"]),
            *(_shown(each["lots"][state]["shares"]) for state in ("reserved", "unassigned", "free")),
            _shown(each["lots"]["provisional"]["shares"]),
        ]
        for name, each in instruments
    ]
    _print_used("Held, in shares", ["instrument", *(f"{each}." for each in numbers)], rows)


def _print_outstanding(instruments: list[tuple[str, View]]) -> None:
    chains = sorted({chain for _, each in instruments for chain in each["supply"]})
    if not chains:
        return
    rows = [
        [
            name,
            *(_shown(each["supply"].get(chain, "0")) for chain in chains),
            *(_shown(each["bridges"][state]) for state in ("in_flight", "remainder")),
        ]
        for name, each in instruments
        if each["supply"]
    ]
    columns = [*(f"{chain}." for chain in chains), "in flight.", "remainders."]
    _print_used("Outstanding, in units by chain and between them", ["instrument", *columns], rows)


def _print_used(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """Print a table without the columns in which every amount is zero, so that it fits a terminal."""
    used = [place for place in range(len(columns)) if any(row[place] != "0" for row in rows)]
    print_table(title, [columns[place] for place in used], [[row[place] for place in used] for row in rows])


def _print_published(instruments: list[tuple[str, View]]) -> None:
    """Print what venues are told: collateral over what the units stand for, and what is about to change."""
    rows = [
        [
            name,
            "" if each["published"]["ratio"] is None else _shown(each["published"]["ratio"]),
            _shown(each["published"]["multiplier"]),
            _pending(each["published"]["pending"]),
            ", ".join(sorted(set(each["published"]["holds"].values()))),
        ]
        for name, each in instruments
    ]
    print_table("Published", ["instrument", "ratio.", "multiplier.", "pending", "held by"], rows)


def _pending(change: View | None) -> str:
    return "" if change is None else f"{_shown(change['multiplier'])} at {change['activates_at'][:19]}"


def _print_open(instruments: list[tuple[str, View]]) -> None:
    rows = [row for name, each in instruments for row in _open(name, each)]
    if not rows:
        console().print("Nothing is open.")
        return
    print_table("Open, and why", ["instrument", "what", "shares.", "why"], rows)


def _open(name: str, each: View) -> Iterator[list[str]]:
    yield from _open_amounts(name, each)
    for waiting in each["waiting"]:
        what = f"{waiting['movement']} {waiting['what']} {waiting['waiting'][:12]}"
        why = f"{waiting['why'].replace('_', ' ')}: two operators accept or dismiss it"
        yield [name, what, _shown(waiting["shares"]), why]
    yield from _redeemed(name, each)
    for issuance in each["open_issuances"]:
        why = "; ".join(issuance["open_because"])
        yield [name, f"issuance {issuance['issuance'][:12]}", _shown(issuance["shares"]), why]
    yield from _bridges(name, each["bridges"]["open"])
    for mint in each["open_mints"]:
        if mint["status"] != "authorized":
            yield [name, f"mint {mint['mint'][:12]}", _shown(mint["shares_in"]), _why_open(mint)]
    for receipt in each["parked_receipts"]:
        sent = f"{receipt['units']} tokens from {receipt['sender']} on {receipt['chain']} without a request"
        why = f"{sent}: two operators match or return them"
        yield [name, f"receipt {receipt['sighting'][:12]}", "", why]
    yield from _contradicted(name, each)
    for hold in each["holds"]:
        yield [name, f"hold {hold['hold'][:12]}", "", _why_held(hold)]
    for lot in each["lots"]["unassigned"]["lots"]:
        yield [
            name,
            f"lot {lot['lot'][:12]}",
            _shown(lot["shares"]),
            "names no issuance: two operators assign it",
        ]
    for lot in each["lots"]["provisional"]["lots"]:
        why = "may be a movement told twice: two operators release it"
        yield [name, f"lot {lot['lot'][:12]}", _shown(lot["shares"]), why]


def _bridges(name: str, bridges: list[View]) -> Iterator[list[str]]:
    for bridge in bridges:
        way = f"{_shown(bridge['units'])} units from {bridge['source']} to {bridge['destination']}"
        back = ", turned back" if bridge["leg"] == "refund" else ""
        why = f"{way}{back}: {bridge['open_because']}"
        yield [name, f"bridge {bridge['bridge'][:12]}", "", why]


def _contradicted(name: str, each: View) -> Iterator[list[str]]:
    for gone in each["contradicted"]:
        where = f"block {gone['block_height']} of {gone['chain']}, which is gone"
        why = f"{gone['units']} units moved by {gone['transaction']} in {where}, and were not seen again"
        yield [name, f"sighting {gone['sighting'][:12]}", "", why]
    for doubled in each["doubled"]:
        why = (
            f"{doubled['units']} units on {doubled['chain']}: closed before, and may act beside its successor"
        )
        yield [name, f"{doubled['kind']} {doubled['operation'][:12]}", "", why]
    if each["missing_units"] != "0":
        why = f"{each['missing_units']} units were burned or sent on and never came: they are in the deficit"
        yield [name, "missing units", "", why]


def _why_held(hold: View) -> str:
    return f"{hold['reason']}: {hold['text']}; {_release_of(hold)}"


def _print_house_holds(view: View) -> None:
    """Print the holds wider than one instrument, as the book that applied the most rules has them."""
    books = [book for book in view["books"].values() if "house_rules" in book]
    holds = max(books, key=lambda book: book["house_rules"])["holds"] if books else []
    rows = [
        [
            hold["hold"][:12],
            " ".join(hold["scope"].values()),
            f"{hold['text']}; ends at {hold['until'][:19]}" if hold["until"] else hold["text"],
        ]
        for hold in holds
    ]
    if rows:
        print_table("Holds of the house", ["hold", "scope", "why"], rows)


def _open_amounts(name: str, each: View) -> Iterator[list[str]]:
    whys = {
        "deficit": "missing behind the units that exist: new shares, a cover or burns close it",
        "owed": "left custody and were not there: a cover fills it",
        "unclaimed": "behind units that their holders burned: they back nothing and are not free",
    }
    for what, why in whys.items():
        if each[what] != "0":
            yield [name, what, _shown(each[what]), why]


def _why_open(mint: View) -> str:
    asked = f"asked back for a {mint['recall']}" if mint["recall"] else "not asked back"
    if mint["status"] == "unresolved":
        return f"unresolved: past its deadline {mint['deadline']}, {asked}; {mint['account']} has the word"
    return f"{asked}; {mint['account']} has the word"


def _redeemed(name: str, each: View) -> Iterator[list[str]]:
    for redemption in each["open_redemptions"]:
        why = "; ".join(redemption["open_because"])
        yield [name, f"redemption {redemption['redemption'][:12]}", _shown(redemption["shares"]), why]
    for instruction in each["instructions"]:
        age = f"{instruction['age_seconds'] // 3_600} h"
        why = f"under {instruction['settlement_reference']} on {instruction['account']}, for {age}"
        yield [name, f"instruction {instruction['delivery'][:12]}", _shown(instruction["left"]), why]
    for returned in each["returns"]:
        why = f"{returned['units']} units go back to {returned['recipient']} on {returned['chain']}"
        yield [name, f"return {returned['cause'][:12]}", "", why]


def _release_of(hold: View) -> str:
    if hold["until"] is not None:
        return f"it ends at {hold['until'][:19]}"
    by_facts = hold["reason"] in ("deficit", "movement_waits", "multiplier_pending")
    return "it ends with what it is of" if by_facts else "two operators may release it"


def _print_books(view: View) -> None:
    rows = [
        [name, str(book["seq"]), (book["recorded_at"] or "")[:19], book["state_digest"][:16]]
        for name, book in view["books"].items()
    ]
    print_table("Books", ["book", "seq.", "last recorded", "state digest"], rows)


def _shown(amount: str) -> str:
    """Return an amount cut, never rounded up, to what a column holds; `--json` has all of it."""
    whole, _, places = amount.partition(".")
    return f"{whole}.{places[:SHOWN_PLACES]}~" if len(places) > SHOWN_PLACES else amount
