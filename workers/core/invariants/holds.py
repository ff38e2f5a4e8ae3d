"""INV-016 holds: in whatever scope, nothing is authorized that one covers; each ends in its own way."""

from collections.abc import Iterator

from schemas import amounts
from schemas.events import (
    BridgeMintAuthorized,
    BurnAuthorized,
    DeliveryInstructed,
    HoldEnded,
    HoldPlaced,
    HoldReleased,
    LotMoved,
    MintAuthorized,
    MovementAccepted,
    MovementUndone,
    ReturnAuthorized,
)
from schemas.house import PlaceHold, PlaceWideHold, ReleaseHold
from schemas.scopes import Everything, OnChain, OnClient, OnCustodyAccount, OnLane, OnWallet, Scope
from workers.core.invariants.bridge_facts import BridgeFacts
from workers.core.invariants.facts import Facts, LotFacts
from workers.core.invariants.predicate import Predicate, Record

Held = BridgeMintAuthorized | MintAuthorized | BurnAuthorized | ReturnAuthorized | DeliveryInstructed


def no_hold_stands(facts: Facts, _record: Record, event: Held) -> Iterator[str]:
    """Nothing is authorized or instructed while a hold on its instrument stands."""
    holds = facts.instruments[event.instrument].holds
    if holds:
        yield f"{event.instrument} is held by {min(holds)}"


def no_wide_hold_covers(facts: Facts, record: Record, event: MintAuthorized) -> Iterator[str]:
    """Nothing is authorized that a hold of the house covers, from the rule that places it on, in any book."""
    found = facts.instruments[event.instrument]
    lots = [found.lots[lot] for lot in event.lots if lot in found.lots]
    issuance = found.issuances.get(event.issuance)
    client = None if issuance is None else issuance.event.client
    for hold, wide in facts.books[record.book].rules.holds.items():
        on_lots = any(covers_lot(wide.scope, lot) for lot in lots)
        if on_lots or covers_mint(wide.scope, event.chain, event.recipient, client):
            yield f"mint {event.mint} is held by {hold}"


def no_wide_hold_covers_what_is_redeemed(
    facts: Facts, record: Record, event: BurnAuthorized | DeliveryInstructed
) -> Iterator[str]:
    """Nothing of a redemption is burned or instructed that a hold of the house covers."""
    redemption = facts.instruments[event.instrument].redemptions.get(event.redemption)
    if redemption is None:
        return
    terms = redemption.event
    delivers = isinstance(event, DeliveryInstructed)
    for hold, wide in facts.books[record.book].rules.holds.items():
        on_account = delivers and covers_place(wide.scope, (terms.servicer, terms.account))
        if on_account or covers_mint(wide.scope, terms.chain, terms.wallet, terms.client):
            yield f"redemption {event.redemption} is held by {hold}"


def no_wide_hold_covers_what_is_returned(
    facts: Facts, record: Record, event: ReturnAuthorized
) -> Iterator[str]:
    """No tokens are returned that a hold of the house covers."""
    redemption = facts.instruments[event.instrument].redemptions.get(event.cause)
    client = None if redemption is None else redemption.event.client
    for hold, wide in facts.books[record.book].rules.holds.items():
        if covers_mint(wide.scope, event.chain, event.recipient, client):
            yield f"the return {event.transfer} is held by {hold}"


def no_wide_hold_covers_a_bridge(facts: Facts, record: Record, event: BridgeMintAuthorized) -> Iterator[str]:
    """No leg of a bridge is authorized that a hold of the house covers."""
    bridge = facts.instruments[event.instrument].bridges.get(event.bridge)
    if bridge is not None and bridge_is_held(facts, record.book, bridge):
        yield f"bridge {event.bridge} is held"


def bridge_is_held(facts: Facts, book: str, bridge: BridgeFacts) -> bool:
    """Return whether a hold of the house covers where a bridge goes next, its lane, or either wallet."""
    event = bridge.event
    back = bridge.turned_back
    chain, recipient = (event.chain, event.holder) if back else (event.destination, event.recipient)
    burned_by = OnWallet(chain=event.chain, address=event.holder)
    for wide in facts.books[book].rules.holds.values():
        scope = wide.scope
        on_lane = isinstance(scope, OnLane) and not back and (scope.source, scope.destination) == bridge.lane
        if on_lane or covers_mint(scope, chain, recipient, None) or scope == burned_by:
            return True
    return False


def held_account_gives_nothing(facts: Facts, record: Record, event: LotMoved) -> Iterator[str]:
    """No lot on a held custody account is reserved."""
    lot = facts.instruments[event.instrument].lots.get(event.lot)
    if lot is None or event.to_state != "reserved":
        return
    for hold, wide in facts.books[record.book].rules.holds.items():
        if covers_lot(wide.scope, lot):
            yield f"lot {event.lot} was reserved, and {hold} holds its account"


def hold_is_its_owners(facts: Facts, record: Record, event: HoldPlaced) -> Iterator[str]:
    """A hold of operators is what an operator ordered, and a hold is placed once."""
    if event.hold in facts.instruments[event.instrument].holds and event.reason != "message_set_aside":
        yield f"hold {event.hold} stands already"
    ordered = facts.books[record.book].ordered
    said = isinstance(ordered, PlaceHold) and (ordered.instrument, ordered.text, ordered.until)
    change = facts.instruments[event.instrument].change
    if event.reason == "multiplier_pending" and (change is None or event.owner != change.change):
        yield f"no change is pending that owns hold {event.hold}"
    if event.reason == "operators" and said != (event.instrument, event.text, event.until):
        yield f"no operator ordered hold {event.hold}"


def hold_is_released_by_order(facts: Facts, record: Record, event: HoldReleased) -> Iterator[str]:
    """A hold goes when its owner is gone, or two operators release this one."""
    found = facts.instruments[event.instrument]
    hold = found.holds.get(event.hold)
    if hold is None:
        yield f"hold {event.hold} does not stand"
    elif hold.reason == "deficit":
        if found.deficit:
            yield f"hold {event.hold} went while {amounts.text(found.deficit)} shares are missing"
    elif hold.reason == "movement_waits":
        if hold.owner in found.waiting.keys() - _movements_over(record):
            yield f"hold {event.hold} went while its movement waits"
    elif hold.reason == "multiplier_pending":
        if found.change is not None and found.change.change == hold.owner:
            yield f"hold {event.hold} went while its change is pending"
    else:
        ordered = facts.books[record.book].ordered
        released = isinstance(ordered, ReleaseHold) and (ordered.instrument, ordered.hold)
        if released != (event.instrument, event.hold):
            yield f"two operators did not release hold {event.hold}"


def _movements_over(record: Record) -> set[str]:
    """Return the movements that the record itself lets wait no more."""
    undone = [each for each in record.events if isinstance(each, MovementUndone)]
    accepted = [each.waiting for each in record.events if isinstance(each, MovementAccepted)]
    return {*(each.undone for each in undone), *(each.undoing for each in undone), *accepted}


def hold_ends_in_its_time(facts: Facts, record: Record, event: HoldEnded) -> Iterator[str]:
    """A hold ends by itself where it says so, and not before."""
    book = facts.books[record.book]
    holds = book.rules.holds if event.instrument is None else facts.instruments[event.instrument].holds
    hold: HoldPlaced | PlaceWideHold | None = holds.get(event.hold)
    until = None if hold is None else hold.until
    if until is None or until > (book.time or ""):
        yield f"hold {event.hold} stands until {until}, it ended at {book.time}"


def covers_mint(scope: Scope, chain: str, recipient: str, client: str | None) -> bool:
    """Return whether a scope covers mints for this client to this address."""
    match scope:
        case Everything():
            return True
        case OnChain():
            return scope.chain == chain
        case OnWallet():
            return (scope.chain, scope.address) == (chain, recipient)
        case OnClient():
            return scope.client == client
        case _:
            return False


def covers_lot(scope: Scope, lot: LotFacts) -> bool:
    """Return whether a scope covers shares on this lot's account."""
    return covers_place(scope, lot.place)


def covers_place(scope: Scope, place: tuple[str, str]) -> bool:
    """Return whether a scope covers shares on a custody account, (servicer, account)."""
    return isinstance(scope, OnCustodyAccount) and (scope.servicer, scope.account) == place


PREDICATES = (
    Predicate("INV-016", MintAuthorized, no_hold_stands),
    Predicate("INV-016", BurnAuthorized, no_hold_stands),
    Predicate("INV-016", ReturnAuthorized, no_hold_stands),
    Predicate("INV-016", DeliveryInstructed, no_hold_stands),
    Predicate("INV-016", MintAuthorized, no_wide_hold_covers),
    Predicate("INV-016", BridgeMintAuthorized, no_hold_stands),
    Predicate("INV-016", BridgeMintAuthorized, no_wide_hold_covers_a_bridge),
    Predicate("INV-016", BurnAuthorized, no_wide_hold_covers_what_is_redeemed),
    Predicate("INV-016", ReturnAuthorized, no_wide_hold_covers_what_is_returned),
    Predicate("INV-016", DeliveryInstructed, no_wide_hold_covers_what_is_redeemed),
    Predicate("INV-016", LotMoved, held_account_gives_nothing),
    Predicate("INV-016", HoldPlaced, hold_is_its_owners),
    Predicate("INV-016", HoldReleased, hold_is_released_by_order),
    Predicate("INV-016", HoldEnded, hold_ends_in_its_time),
)
