"""Holding a whole log to account, once it is at rest."""

from collections.abc import Iterator

from schemas import amounts, canonical
from schemas.envelope import InboxSource
from schemas.registry import Event
from schemas.streams import inbox_stream, is_ledger, ledger_book, partition_number
from tests.simulation import holders
from tests.simulation.ending import ends
from tests.simulation.networks import DECIMALS, effects, token_of
from tests.simulation.world import World
from workers.core import ledger, transactions
from workers.core.invariants.bridge_facts import BridgeFacts
from workers.core.invariants.collateral import OF_COLLATERAL
from workers.core.invariants.facts import InstrumentFacts, IssuanceFacts
from workers.core.invariants.holds import bridge_is_held, covers_lot, covers_mint, covers_place
from workers.core.invariants.limits import room_for
from workers.core.invariants.redemption_facts import RedemptionFacts, ReturnFacts
from workers.core.invariants.statements import stale
from workers.core.ledger.state import InstrumentBook, State
from workers.core.portrait import state_digest
from workers.log.engine import Engine
from workers.log.follower import Follower
from workers.log.memory import MemoryEngine
from workers.log.rule import Valid


def account(world: World) -> None:
    """Hold the log to account: inputs, chains, folds, decisions, and what was left lying."""
    world.watcher.violations += world.watcher.invariants.finish(ends(world))
    _chains_agree(world)
    _folds_agree(world)
    _decisions_agree(world)
    _nothing_is_left_lying(world)


def _chains_agree(world: World) -> None:
    """No effect is without its record, final mints exist once, the supply is what the ledger says."""
    watcher = world.watcher
    watcher.violations += watcher.invariants.effects(effects(world.networks), complete=True)
    for text in holders.unaccounted(world):
        watcher.violate("INV-011", text)
    for chain, transaction in world.dead:
        if world.networks[chain].network.inclusion(transaction) is not None:
            watcher.violate("INV-011", f"transaction {transaction} was called dead, {chain} has it")
    for instrument, found in list(world.instruments.items()):
        for chain, simulated in world.networks.items():
            supply = simulated.network.supply(token_of(instrument)) or 0
            units = amounts.from_base_amount(supply, DECIMALS[chain])
            if units != found.supply[chain]:
                text = f"{units} of {instrument} are on {chain}, {found.supply[chain]} in the ledger"
                watcher.violate("INV-011", text)


def _folds_agree(world: World) -> None:
    """INV-009: folding on two engines gives the state that the owner has, amount for amount."""
    copy = MemoryEngine()
    for stream in world.engine.streams():
        copy.append({stream: [entry.value for entry in world.engine.read(stream, 0, 10**9)]})
    for book in world.books:
        folded = fold(world.engine, book)
        if folded != fold(copy, book):
            world.watcher.violate("INV-009", "two engines give two states", book=book)
        for process in world.processes.values():
            for runner in process.runners():
                if runner.book == book and runner.owning and state_digest(runner.loop.state) != folded:
                    text = f"{process.client} has another state than a fold"
                    world.watcher.violate("INV-009", text, book=book)
    for instrument, found in list(world.instruments.items()):
        for process in world.processes.values():
            state = process.ledger_state(instrument)
            if state is not None and _of_state(state) != _of_facts(found):
                text = f"{instrument}: {_of_state(state)} in the state, {_of_facts(found)} by the events"
                world.watcher.violate("INV-009", text)


def fold(engine: Engine, book: str) -> str:
    """Fold a book, and return the digest of its state."""
    if is_ledger(book):
        return state_digest(_ledger_state(book, Follower(engine, book).advance()))
    state = transactions.initial()
    for record in Follower(engine, book).advance():
        for event in record.events:
            transactions.evolve(state, event)
    return state_digest(state)


def _decisions_agree(world: World) -> None:
    """INV-010: deciding again from the inboxes gives the same bytes of events."""
    for book in filter(is_ledger, world.books):
        for record, events in _decided_again(world.engine, book):
            if canonical.encode(events) != canonical.encode(record.events):
                text = f"decided again: {events}, recorded: {record.events}"
                world.watcher.violate("INV-010", text, book=book, seq=record.seq)
                return


def _decided_again(engine: Engine, book: str) -> Iterator[tuple[Valid, tuple[Event, ...]]]:
    """Yield each record that decides a message, with what deciding it again gives."""
    state = _ledger_state(book, ())
    before: list[Valid] = []
    for record in Follower(engine, book).advance():
        source = record.source
        if not isinstance(source, InboxSource) or source.sha256 is None:
            continue
        stream = inbox_stream(source.topic, source.partition)
        given = ledger.given_of(source.topic, engine.read(stream, source.offset, 1)[0].value)
        try:
            events = _apply(state, ledger.decide(state, given))
        except Exception as error:  # noqa: BLE001 - whatever it raised, it is set aside by its name
            state = _ledger_state(book, before)
            events = _apply(state, ledger.set_aside(given, type(error).__name__))
        before.append(record)
        yield record, events


def _apply(state: State, events: Iterator[Event]) -> tuple[Event, ...]:
    applied = []
    for event in events:
        ledger.evolve(state, event)
        applied.append(event)
    return tuple(applied)


def _ledger_state(book: str, records: Iterator[Valid] | list[Valid] | tuple[()]) -> State:
    state = ledger.initial(partition_number(book))
    for record in records:
        for event in record.events:
            ledger.evolve(state, event)
    return state


def _nothing_is_left_lying(world: World) -> None:
    """A funded issuance that nothing holds goes on, and so does a bridge that no lane stops."""
    for instrument, found in world.instruments.items():
        for name, issuance in found.issuances.items():
            if issuance.funded and not is_held(world, instrument, issuance) and not waits(world, issuance):
                world.watcher.violate("STUCK", f"{instrument}: issuance {name} is funded, and nobody goes on")
        for name, bridge in found.bridges.items():
            if not bridge.waits and not is_bridge_held(world, instrument, bridge):
                world.watcher.violate("STUCK", f"{instrument}: bridge {name} may be minted, and nobody does")
        for name, redemption in found.redemptions.items():
            lies = redemption.stage == "received" or (redemption.stage == "burned" and redemption.to_instruct)
            if lies and name not in found.unfounded and not is_redemption_held(world, redemption):
                text = f"{instrument}: {name} is {redemption.stage}, nobody goes on"
                world.watcher.violate("STUCK", text)
        for cause, returned in found.returns.items():
            if cause not in found.unfounded and not is_return_held(world, cause, returned, instrument):
                world.watcher.violate("STUCK", f"{instrument}: {cause} is not returned")


def waits(world: World, issuance: IssuanceFacts) -> bool:
    """Return whether an issuance waits for an approval, or a limit would stop its being minted whole."""
    instrument = issuance.event.instrument
    if issuance.approve_by is not None and not issuance.approved:
        return True
    book = world.facts.books[ledger_book(world.partition(instrument))]
    room = room_for(world.facts, book, issuance)
    rules = book.rules.collateral.get(instrument)
    if issuance.waits_for == "statement_age":
        return rules is not None and bool(stale(book, rules))
    if issuance.waits_for in OF_COLLATERAL:
        return rules is not None
    return issuance.waits_for is not None and any(issuance.reserved > left for left in room.values())


def is_held(world: World, instrument: str, issuance: IssuanceFacts) -> bool:
    """Return whether a hold in any scope stops an issuance, by the events."""
    found, asked = world.instruments[instrument], issuance.event
    lots = [lot for lot in found.lots.values() if lot.issuance == asked.issuance]
    return bool(found.holds) or any(
        covers_mint(wide.scope, asked.chain, asked.recipient, asked.client)
        or any(covers_lot(wide.scope, lot) for lot in lots)
        for wide in world.rules_of(instrument).holds.values()
    )


def is_bridge_held(world: World, instrument: str, bridge: BridgeFacts) -> bool:
    """Return whether a hold in any scope stops a bridge, by the events."""
    book = ledger_book(world.partition(instrument))
    return bool(world.instruments[instrument].holds) or bridge_is_held(world.facts, book, bridge)


def is_redemption_held(world: World, redemption: RedemptionFacts) -> bool:
    """Return whether a hold in any scope stops what is next of a redemption, by the events."""
    terms = redemption.event
    place = (terms.servicer, terms.account)
    return bool(world.instruments[terms.instrument].holds) or any(
        covers_mint(wide.scope, terms.chain, terms.wallet, terms.client)
        or (redemption.stage == "burned" and covers_place(wide.scope, place))
        for wide in world.rules_of(terms.instrument).holds.values()
    )


def is_return_held(world: World, cause: str, returned: ReturnFacts, instrument: str) -> bool:
    """Return whether a hold in any scope stops tokens from going back."""
    found = world.instruments[instrument]
    redemption = found.redemptions.get(cause)
    client = None if redemption is None else redemption.event.client
    return bool(found.holds) or any(
        covers_mint(wide.scope, returned.chain, returned.recipient, client)
        for wide in world.rules_of(instrument).holds.values()
    )


def _of_state(book: InstrumentBook) -> dict[str, object]:
    supply = {chain: units for chain, units in book.supply.items() if units}
    return {
        "pool": book.pool,
        "free": book.free_total,
        "treasury owed": book.treasury_owed,
        "shortfall": (book.owed, book.deficit, book.unclaimed),
        "supply": supply,
        "in flight": (book.in_flight.units, sorted(book.in_flight.bridges)),
        "remainders": (book.in_flight.remainder, sorted(book.in_flight.remainders.items())),
        "promised": book.promised,
        "redemptions": {name: each.stage for name, each in sorted(book.redemptions.items())},
        "returns": sorted(book.returns),
        "holds": sorted(book.holds),
        "issuances": sorted(book.issuances),
        "lots": {name: (lot.shares, lot.state) for name, lot in sorted(book.lots.items())},
    }


def _of_facts(found: InstrumentFacts) -> dict[str, object]:
    return {
        "pool": found.pool,
        "free": found.by_state["free"],
        "treasury owed": found.owed_from_treasury,
        "shortfall": (found.owed, found.deficit, found.unclaimed),
        "supply": {chain: units for chain, units in found.supply.items() if units},
        "in flight": (found.bridged["in flight"], sorted(found.bridges)),
        "remainders": (
            found.bridged["remainder"],
            sorted((+found.remainders).items()),
        ),
        "promised": found.promised,
        "redemptions": {
            name: each.stage
            for name, each in sorted(found.redemptions.items())
            if each.stage not in ("expired", "cancelled")
        },
        "returns": sorted(found.returns),
        "holds": sorted(found.holds),
        "issuances": sorted(found.issuances),
        "lots": {name: (lot.shares, lot.state) for name, lot in sorted(found.lots.items())},
    }
