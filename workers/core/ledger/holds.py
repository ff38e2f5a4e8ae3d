"""Holds: owned reasons to stop. No mint of an instrument is authorized while any of them stands."""

from collections.abc import Iterator

from schemas.events import HoldPlaced, HoldReleased, MessageSetAside
from schemas.registry import Event
from workers.core.ids import derive
from workers.core.ledger.state import Given, State


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
        text=f"{code}: {text}",
    )


def hold_placed(state: State, event: HoldPlaced) -> None:
    """Stop the instrument."""
    state.book_of(event.instrument).holds[event.hold] = event.reason


def hold_released(state: State, event: HoldReleased) -> None:
    """Take one reason away."""
    del state.book_of(event.instrument).holds[event.hold]


EVOLVE = {HoldPlaced: hold_placed, HoldReleased: hold_released}
