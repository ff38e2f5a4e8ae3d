"""Holds: owned reasons to stop, on one instrument or in a wider scope of the house.

They compose: each ends for itself, and no mint is authorized while any that covers it stands. `covering` is
the one question that everybody asks.
"""

import heapq
from collections.abc import Iterator

from schemas.events import HoldEnded, HoldPlaced, HoldReleased, MessageSetAside
from schemas.house import PlaceHold
from schemas.registry import Event
from workers.core.ids import derive
from workers.core.ledger.restrictions import Hold
from workers.core.ledger.state import Given, State


def covering(
    state: State,
    instrument: str,
    *,
    chain: str | None = None,
    client: str | None = None,
    wallet: tuple[str, str] | None = None,
    lane: tuple[str, str] | None = None,
) -> dict[str, str]:
    """Return what stops something: hold by hold, each with its reason.

    `wallet` is (chain, address), `lane` (source, destination); a scope that is not named is not asked about.
    """
    book = state.instruments.get(instrument)
    found: dict[str, str] = {}
    if book is not None:
        found.update((hold, each.reason) for hold, each in book.holds.items())
    wide = state.rules.covering(chain=chain, client=client, wallet=wallet, lane=lane)
    return found | dict.fromkeys(wide, "operators")


def place(order: PlaceHold, proposal: str) -> HoldPlaced:
    """Return the hold that an operator places on one instrument."""
    return HoldPlaced(
        hold=derive("hold", "operators", order.instrument, proposal),
        instrument=order.instrument,
        reason="operators",
        owner=proposal,
        text=order.text,
        until=order.until,
    )


def set_aside(given: Given, code: str, text: str) -> Iterator[Event]:
    """Record that a message could not be decided, and hold its instrument until operators release it."""
    yield MessageSetAside(code=code, text=text)
    instrument = None if given.message is None else given.message.instrument
    if instrument is None:
        return
    yield HoldPlaced(
        hold=derive("hold", "message_set_aside", instrument, given.topic, given.sha256, code),
        instrument=instrument,
        reason="message_set_aside",
        owner=given.sha256,
        text=f"{code}: {text}",
        until=None,
    )


def end_those_due(state: State, events_max: int) -> Iterator[Event]:
    """End the holds whose time has come, as many as one decision may."""
    for _ in range(events_max):
        if not state.is_due(state.hold_ends):
            return
        _, instrument, hold = state.hold_ends[0]
        yield HoldEnded(hold=hold, instrument=instrument or None)


def add_end(state: State, until: str, instrument: str, hold: str) -> None:
    """Remember when a hold ends by itself; the instrument of one of the house is empty."""
    heapq.heappush(state.hold_ends, (until, instrument, hold))


def drop_settled_ends(state: State) -> None:
    """Forget the next ends while they are of holds that stand no more."""
    while state.hold_ends:
        _, instrument, hold = state.hold_ends[0]
        if hold in (state.book_of(instrument).holds if instrument else state.rules.holds):
            return
        heapq.heappop(state.hold_ends)


def take_up_all(state: State) -> None:
    """Let ticks go on with every issuance of every instrument."""
    for book in state.instruments.values():
        book.take_up()


def hold_placed(state: State, event: HoldPlaced) -> None:
    """Stop the instrument."""
    hold = Hold(event.reason, event.owner, event.text, event.until)
    state.book_of(event.instrument).holds[event.hold] = hold
    if event.until is not None:
        add_end(state, event.until, event.instrument, event.hold)


def hold_released(state: State, event: HoldReleased) -> None:
    """Take one reason away."""
    del state.book_of(event.instrument).holds[event.hold]
    drop_settled_ends(state)


def hold_ended(state: State, event: HoldEnded) -> None:
    """Take one reason away; ticks go on with what it stopped."""
    if event.instrument is None:
        del state.rules.holds[event.hold]
        state.house.holds.pop(event.hold, None)
        take_up_all(state)
    else:
        book = state.book_of(event.instrument)
        del book.holds[event.hold]
        book.take_up()
    drop_settled_ends(state)


EVOLVE = {HoldPlaced: hold_placed, HoldReleased: hold_released, HoldEnded: hold_ended}
