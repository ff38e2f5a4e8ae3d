"""INV-007 the multiplier changes by two operators' compare-and-set, and with nothing in flight."""

from collections.abc import Iterator

from schemas import amounts
from schemas.events import (
    BridgeMintAuthorized,
    BurnAuthorized,
    MintAuthorized,
    MultiplierActivated,
    MultiplierChangeCancelled,
    MultiplierChangeScheduled,
    MultiplierWaits,
    ReturnAuthorized,
)
from schemas.house import CancelMultiplierChange, ChangeMultiplier
from schemas.tagged import type_name
from workers.core.invariants.facts import Facts, InstrumentFacts
from workers.core.invariants.predicate import Predicate, Record


def change_is_ordered(facts: Facts, record: Record, event: MultiplierChangeScheduled) -> Iterator[str]:
    """Two operators ordered this change of what stands, with the next nonce, one at a time."""
    ordered = facts.books[record.book].ordered
    said = (event.instrument, event.nonce, event.before, event.after, event.activates_at)
    if not isinstance(ordered, ChangeMultiplier) or said != (
        ordered.instrument,
        ordered.nonce,
        ordered.before,
        ordered.after,
        ordered.activates_at,
    ):
        yield f"two operators did not order change {event.nonce} of {event.instrument}"
    found = facts.instruments[event.instrument]
    if found.change is not None or event.nonce != found.nonce + 1:
        yield f"change {event.nonce} of {event.instrument} follows change {found.nonce}"
    if amounts.parse(event.before) != found.multiplier or amounts.parse(event.after) == 0:
        yield f"{event.instrument} is at {amounts.text(found.multiplier)}, the change is of {event.before}"


def nothing_is_in_flight(facts: Facts, record: Record, event: MultiplierActivated) -> Iterator[str]:
    """The pending change activates at its time or later, with no mint, burn or bridge's leg on its way."""
    found, time = facts.instruments[event.instrument], facts.books[record.book].time or ""
    change = found.change
    if change is None or (event.change, event.after) != (change.change, change.after):
        yield f"no change of {event.instrument} to {event.after} was pending"
        return
    if time < change.activates_at:
        yield f"a change for {change.activates_at} activated at {time}"
    for name in _on_their_way(found):
        yield f"operation {name} is on its way at {event.before}"


def nothing_is_authorized_while_pending(
    facts: Facts, _record: Record, event: MintAuthorized | BurnAuthorized | BridgeMintAuthorized
) -> Iterator[str]:
    """From the order on until the activation, nothing is authorized."""
    change = facts.instruments[event.instrument].change
    if change is not None:
        yield f"{type_name(type(event))} of {event.instrument} while change {change.nonce} is pending"


def waiting_is_so(facts: Facts, record: Record, event: MultiplierWaits) -> Iterator[str]:
    """A change waits only after its time, for mints and burns that are on their way."""
    found, time = facts.instruments[event.instrument], facts.books[record.book].time or ""
    due = found.change is not None and found.change.activates_at <= time
    if not due or event.open_operations != len(_on_their_way(found)):
        yield f"change {event.change} does not wait for {event.open_operations} operations at {time}"


def cancelling_is_ordered(facts: Facts, record: Record, event: MultiplierChangeCancelled) -> Iterator[str]:
    """Two operators took back the change that is pending."""
    ordered, change = facts.books[record.book].ordered, facts.instruments[event.instrument].change
    said = isinstance(ordered, CancelMultiplierChange) and (ordered.instrument, ordered.nonce)
    if said != (event.instrument, event.nonce) or change is None or change.change != event.change:
        yield f"two operators did not cancel change {event.nonce} of {event.instrument}"


def _on_their_way(found: InstrumentFacts) -> list[str]:
    burns = [name for name, each in found.open_operations.items() if isinstance(each, BurnAuthorized)]
    doubled = [name for name, each in found.doubled.items() if not isinstance(each, ReturnAuthorized)]
    return [*found.open_mints, *burns, *found.open_bridge_mints, *doubled]


PREDICATES = (
    Predicate("INV-007", MultiplierChangeScheduled, change_is_ordered),
    Predicate("INV-007", MultiplierActivated, nothing_is_in_flight),
    Predicate("INV-007", MintAuthorized, nothing_is_authorized_while_pending),
    Predicate("INV-007", BurnAuthorized, nothing_is_authorized_while_pending),
    Predicate("INV-007", BridgeMintAuthorized, nothing_is_authorized_while_pending),
    Predicate("INV-007", MultiplierWaits, waiting_is_so),
    Predicate("INV-007", MultiplierChangeCancelled, cancelling_is_ordered),
)
