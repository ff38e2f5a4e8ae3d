"""Undoing: a custodian reverses a movement, or withdraws what it said. Neither can be refused.

An undoing is of the movement that it names by `previous_confirmation_id`, else of one with the same reference
and quantity. One that matches nothing holds the instrument and waits for its movement, or for two operators.
"""

from collections.abc import Generator, Iterator

from schemas import amounts
from schemas.events import ConfirmationRepeated, MovementUndone
from schemas.events.custody import Undoing
from schemas.registry import Event
from workers.core.ids import derive
from workers.core.ledger import instructions, takings
from workers.core.ledger.confirmations import Fact, doubt_of, seen_of, told_before
from workers.core.ledger.movements import Seen
from workers.core.ledger.state import InstrumentBook, State
from workers.core.ledger.waiting import release, wait

_HOW: dict[str, Undoing] = {"settlement_reversed": "reversed", "confirmation_withdrawn": "withdrawn"}


def undo(state: State, fact: Fact) -> Iterator[Event]:
    """Undo the movement that is meant, or wait for it."""
    book = state.book_of(fact.instrument)
    earlier = book.undoings.get(fact.identity, [])
    first = told_before(fact, earlier)
    if first is not None:
        yield ConfirmationRepeated(instrument=fact.instrument, first=first.made)
        return
    made = derive("undoing", fact.identity, len(earlier))
    named = fact.said.previous_confirmation_id
    doubt = None if named is not None else doubt_of(fact, earlier)
    seen = seen_of(fact, made)
    undone = meant(book, seen, named)
    if doubt is not None or undone is None:
        yield from wait(fact, made, doubt or "unmatched")
        return
    yield from undo_movement(state, fact.instrument, seen, undone, _HOW[fact.said.kind])


def catch_up(state: State, instrument: str, seen: Seen) -> Generator[Event, None, bool]:
    """Undo a movement that was told only after its undoing, which waited for it; return whether it was."""
    book = state.book_of(instrument)
    for made, waiting in book.waiting.items():
        if waiting.why != "unmatched" or waiting.what == "delivered":
            continue
        if _may_undo(waiting.seen, waiting.previous_confirmation_id, seen):
            yield from release(instrument, made)
            yield from undo_movement(state, instrument, waiting.seen, seen, waiting.what)
            return True
    return False


def undo_movement(
    state: State, instrument: str, undoing: Seen, undone: Seen, how: Undoing
) -> Iterator[Event]:
    """Mark the movement as undone, and take or give back its shares."""
    waits = undone.made in state.book_of(instrument).waiting
    yield MovementUndone(
        instrument=instrument,
        undoing=undoing.made,
        undone=undone.made,
        undone_identity=undone.identity,
        how=how,
        movement=undone.movement,
        servicer=undoing.place[0],
        account=undoing.place[1],
        shares=amounts.text(undone.shares),
        identity=undoing.identity,
        settled_total=amounts.text(undoing.settled_total),
        settlement=undoing.settlement,
        message_id=undoing.message_id,
        flagged=undoing.flagged,
    )
    if waits:
        yield from release(instrument, undone.made)
    elif undone.movement == "deliver":
        yield from instructions.restore(state, instrument, undone)
        yield from takings.give_back(state, instrument, cause=undoing.made, delivery=undone)
    else:
        yield from takings.take(
            state,
            instrument,
            cause=undoing.made,
            shares=undone.shares,
            undone=undone.made,
            reference=undone.reference,
        )


def meant(book: InstrumentBook, undoing: Seen, named: str | None) -> Seen | None:
    """Return the movement that is undone: of several partials, the one with the same running total."""
    candidates = book.seen.get(undoing.identity, ()) if named is None else book.by_message.get(named, ())
    found = [each for each in candidates if _may_undo(undoing, named, each)]
    same_total = [each for each in found if each.settled_total == undoing.settled_total]
    return next(reversed(same_total or found), None)


def _may_undo(undoing: Seen, named: str | None, seen: Seen) -> bool:
    if seen.undone or (seen.movement, seen.place) != (undoing.movement, undoing.place):
        return False
    meant = seen.identity == undoing.identity if named is None else seen.message_id == named
    return meant and seen.shares == undoing.shares


def movement_undone(state: State, event: MovementUndone) -> None:
    """Mark the movement, and keep what a second message of the undoing is compared with."""
    book = state.book_of(event.instrument)
    for seen in book.seen[event.undone_identity]:
        seen.undone = seen.undone or seen.made == event.undone
    book.waiting.pop(event.undone, None)
    if book.waiting.pop(event.undoing, None) is None:
        seen = Seen(
            made=event.undoing,
            identity=event.identity,
            movement=event.movement,
            place=(event.servicer, event.account),
            shares=amounts.parse(event.shares),
            settled_total=amounts.parse(event.settled_total),
            settlement=event.settlement,
            message_id=event.message_id,
            flagged=event.flagged,
            reference=None,
        )
        book.undoings.setdefault(event.identity, []).append(seen)


EVOLVE = {MovementUndone: movement_undone}
