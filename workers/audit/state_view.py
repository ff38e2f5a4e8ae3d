"""A folded state as JSON that people read: amounts are decimal strings, and what is open says why."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import fields
from typing import Any, TypeAlias

from schemas import amounts
from schemas.canonical import decode, encode
from schemas.house import PlaceWideHold
from schemas.streams import partition_of
from workers.audit.bridges_view import bridges_view
from workers.audit.redemption_view import redemptions_view
from workers.audit.replay import Folded, Replay
from workers.core.ledger.holds import covering
from workers.core.ledger.issued import Issuance, Lot, Mint
from workers.core.ledger.movements import ParkedReceipt, Waiting
from workers.core.ledger.multiplier import current
from workers.core.ledger.published import published
from workers.core.ledger.restrictions import Hold
from workers.core.ledger.state import InstrumentBook, State
from workers.core.transactions.state import State as TransactionsState

JSON: TypeAlias = dict[str, Any]

_PRODUCT_PLACES = 2 * amounts.PLACES
_ENDED = {"expired": "expired", "cancelled": "was cancelled"}
_LOT_STATES = ("free", "unassigned", "reserved", "provisional")


def state_view(replayed: Replay, *, instrument: str | None = None) -> JSON:
    """Return every folded book; with an instrument, that alone, and only the books that know it."""
    books = {name: book_view(folded, instrument=instrument) for name, folded in replayed.books.items()}
    if instrument is not None:
        books = {name: view for name, view in books.items() if view.get("instruments")}
    return {"books": books}


def book_view(folded: Folded, *, instrument: str | None = None) -> JSON:
    """Return one folded book."""
    state = folded.state
    view: JSON = {
        "seq": folded.seq,
        "head": folded.head or None,
        "recorded_at": folded.recorded_at,
        "state_digest": folded.state_digest,
    }
    if isinstance(state, TransactionsState):
        return {**view, **_transactions(state)}
    names = sorted(_here(state) | state.instruments.keys())
    wanted = [name for name in names if instrument in (None, name)]
    return {
        **view,
        "time": state.time,
        "log": state.rules.log,
        "house_rules": state.rules.number,
        "holds": [_wide_hold(hold, wide) for hold, wide in state.rules.holds.items()],
        "instruments": {name: instrument_view(state, name) for name in wanted},
    }


def instrument_view(state: State, instrument: str) -> JSON:
    """Return one instrument of a ledger book."""
    book = state.instruments.get(instrument, InstrumentBook())
    terms = state.rules.instruments.get(instrument)
    multiplier = None if terms is None else current(state, instrument)
    return {
        "multiplier": None if multiplier is None else amounts.text(multiplier),
        "published": None if terms is None else _published(state, instrument),
        "pool": amounts.text(book.pool),
        "dust": None if multiplier is None else _dust(book, multiplier),
        "deficit": amounts.text(book.deficit),
        "owed": amounts.text(book.owed),
        "unclaimed": amounts.text(book.unclaimed),
        "supply": {chain: amounts.text(count) for chain, count in sorted(book.supply.items())},
        "authorized": _by_chain(book.mints.values()),
        "lots": {each: _lots(book, each) for each in _LOT_STATES},
        "holds": [_hold(hold, of) for hold, of in book.holds.items()],
        "waiting": [_waiting(each) for each in book.waiting.values()],
        "open_issuances": [_issuance(state, instrument, each) for each in book.issuances.values()],
        "closed_issuances": len(book.closed_issuances),
        "refused_requests": len(book.refused),
        "bridges": bridges_view(state, instrument, book.in_flight),
        "open_mints": [_mint(mint, state.time) for mint in book.mints.values()],
        "parked_receipts": [_parked_receipt(name, each) for name, each in book.parked_receipts.items()],
        **redemptions_view(state, book),
        "treasury_promised": amounts.text(book.treasury_owed),
    }


def _published(state: State, instrument: str) -> JSON:
    figures = published(state, instrument)
    change, rules = figures.pending, figures.rules
    return {
        "ratio": None if figures.ratio is None else amounts.text(figures.ratio),
        "multiplier": amounts.text(figures.multiplier),
        "pending": None
        if change is None
        else {
            "nonce": change.nonce,
            "multiplier": amounts.text(change.after),
            "activates_at": change.activates_at,
        },
        "holds": figures.holds,
        "units": {chain: amounts.text(units) for chain, units in sorted(figures.units_by_chain.items())},
        "shares": {name: amounts.text(shares) for name, shares in sorted(figures.shares_by_state.items())},
        "rules": None if rules is None else decode(encode(rules)),
        "evidence": [
            {"servicer": servicer, "account": account, "as_of": as_of}
            for (servicer, account), as_of in figures.evidence.items()
        ],
    }


def _here(state: State) -> set[str]:
    """Return the instruments that this book decides."""
    partitions = state.rules.partitions
    return {name for name in state.rules.instruments if partition_of(name, partitions) == state.partition}


def _by_chain(mints: Iterable[Mint]) -> dict[str, str]:
    units: dict[str, int] = defaultdict(int)
    for mint in mints:
        units[mint.chain] += mint.units
    return {chain: amounts.text(count) for chain, count in sorted(units.items())}


def _lots(book: InstrumentBook, state: str) -> JSON:
    lots = [lot for lot in book.lots.values() if lot.state == state]
    return {"shares": amounts.text(sum(lot.shares for lot in lots)), "lots": [_lot(lot) for lot in lots]}


def _lot(lot: Lot) -> JSON:
    return {
        "lot": lot.lot,
        "shares": amounts.text(lot.shares),
        "reference": lot.reference,
        "issuance": lot.issuance,
    }


def _hold(hold: str, of: Hold) -> JSON:
    return {"hold": hold, "reason": of.reason, "owner": of.owner, "text": of.text, "until": of.until}


def _wide_hold(hold: str, wide: PlaceWideHold) -> JSON:
    names = [each.name for each in fields(wide.scope) if each.name != "v"]
    scope = {name: getattr(wide.scope, name) for name in names}
    return {"hold": hold, "scope": scope, "text": wide.text, "until": wide.until}


def _parked_receipt(sighting: str, receipt: ParkedReceipt) -> JSON:
    return {
        "sighting": sighting,
        "chain": receipt.chain,
        "sender": receipt.sender,
        "units": amounts.text(receipt.units),
        "transaction": receipt.transaction,
    }


def _waiting(waiting: Waiting) -> JSON:
    seen = waiting.seen
    return {
        "waiting": seen.made,
        "what": waiting.what,
        "movement": seen.movement,
        "servicer": seen.place[0],
        "account": seen.place[1],
        "shares": amounts.text(seen.shares),
        "previous_confirmation_id": waiting.previous_confirmation_id,
        "why": waiting.why,
    }


def _issuance(state: State, instrument: str, issuance: Issuance) -> JSON:
    return {
        "issuance": issuance.issuance,
        "settlement_reference": issuance.reference,
        "shares": amounts.text(issuance.shares),
        "missing": amounts.text(issuance.missing),
        "reserved": amounts.text(sum(issuance.reserved.values())),
        "minted_units": amounts.text(issuance.minted_units),
        "chain": issuance.chain,
        "recipient": issuance.recipient,
        "funding": issuance.funding,
        "partial": issuance.partial,
        "open_because": list(_reasons(state, instrument, issuance)),
    }


def _reasons(state: State, instrument: str, issuance: Issuance) -> Iterable[str]:
    """Yield why an issuance is open."""
    book = state.book_of(instrument)
    yield from _stops(state, instrument, issuance)
    if issuance.ended is not None:
        yield f"it {_ENDED[issuance.ended]}, and waits for mints that are on their way"
    elif issuance.missing and issuance.funding == "settlement":
        yield f"{amounts.text(issuance.missing)} shares under {issuance.reference} have not settled"
    elif issuance.missing:
        yield f"{amounts.text(issuance.missing)} shares are still to be drawn from treasury"
    if issuance.mints:
        yield f"{len(issuance.mints)} of its mints are authorized and not final"
    if issuance.failed:
        yield f"{len(issuance.failed)} of its parts failed and wait to be authorized again"
    if book.postponed == issuance.issuance:
        yield "a tick takes it up: one decision was long enough"


def _stops(state: State, instrument: str, issuance: Issuance) -> Iterable[str]:
    """Yield what keeps the shares that an issuance has from being minted."""
    wallet = (issuance.chain, issuance.recipient)
    held = covering(state, instrument, chain=issuance.chain, client=issuance.client, wallet=wallet)
    if issuance.reserved and held:
        yield f"it is held: {', '.join(sorted(set(held.values())))}"
    lots, accounts = state.book_of(instrument).lots, state.rules.held_accounts()
    if any(lots[lot].place in accounts for lot in issuance.reserved):
        yield "some of its shares are on a custody account that is held"
    if issuance.approval == "required":
        yield f"it needs the approval of two operators by {issuance.approve_by}"
    if issuance.waits_for is not None:
        yield f"its next mint waits: {issuance.waits_for}"


def _mint(mint: Mint, time: str | None) -> JSON:
    """Return an open mint; past its deadline it is unresolved: only its account's last word says more."""
    past_deadline = time is not None and time > mint.deadline
    return {
        "mint": mint.mint,
        "issuance": mint.issuance,
        "part": mint.part,
        "attempt": mint.attempt,
        "chain": mint.chain,
        "account": mint.account,
        "units": amounts.text(mint.units),
        "shares_in": amounts.text(mint.shares_in),
        "deadline": mint.deadline,
        "recall": mint.recall,
        "status": "unresolved" if past_deadline else "recalled" if mint.recall else "authorized",
    }


def _transactions(state: TransactionsState) -> JSON:
    return {
        "open_operations": [
            {
                "operation": operation.taken.operation,
                "kind": operation.taken.kind,
                "chain": operation.taken.chain,
                "token": operation.taken.token,
                "recipient": operation.taken.recipient,
                "units": operation.taken.units,
                "deadline": operation.taken.deadline,
                "recalled": operation.recalled,
                "reopened": operation.reopened,
                "transactions": [
                    {"transaction": each.transaction, "purpose": each.purpose, "status": each.status}
                    for each in operation.attempts
                ],
            }
            for operation in state.open.values()
        ],
        "closed_operations": len(state.outcomes),
    }


def _dust(book: InstrumentBook, multiplier: int) -> str:
    """Return what the pool holds beyond the units; nothing where it is short."""
    return _product_text(max(0, book.pool * amounts.ONE - book.units * multiplier))


def _product_text(product: int) -> str:
    """Return an exact product of two amounts (10^-36) as a plain decimal string."""
    whole, fraction = divmod(abs(product), 10**_PRODUCT_PLACES)
    sign = "-" if product < 0 else ""
    return f"{sign}{whole}.{fraction:0{_PRODUCT_PLACES}d}".rstrip("0").rstrip(".")
