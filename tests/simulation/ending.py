"""The end of a run: no more faults, everything comes to rest, and then the whole log is held to account."""

from schemas import canonical
from schemas.envelope import InboxSource
from schemas.streams import inbox_stream, is_book, is_ledger
from tests.simulation.networks import effects, token_of
from tests.simulation.processes import Process
from tests.simulation.world import PROCESSES, World
from workers.core import ledger
from workers.core.portrait import state_digest
from workers.log.engine import Engine
from workers.log.follower import Follower
from workers.log.memory import MemoryEngine
from workers.settlement import LedgerDecider, given_of
from workers.executor import TransactionsDecider

ROUNDS_MAX = 600
QUIET_ROUNDS = 3


def calm(world: World) -> None:
    """End all faults: what is under way arrives, every process lives and knows what it owns."""
    world.log.calm()
    world.log.land()
    for name in PROCESSES:
        process = world.processes[name]
        process.end_all_rounds()
        process.view = {book for book, owner in world.owners.items() if owner == name}
    for network in world.networks.values():
        network.faults.calm()
    while world.outbox:
        world.resend()


def rest(world: World) -> None:
    """Let everybody work until nothing is left to do; that this takes too long is a failure."""
    for _ in range(ROUNDS_MAX):
        world.clock.pass_by(1.0)
        _everybody(world)
        for network in world.networks.values():
            network.producer.produce_block(world.clock.epoch_seconds())
        if world.watcher.violations:
            return
        if _at_rest(world) and sum(_everybody(world) for _ in range(QUIET_ROUNDS)) == 0:
            return
    world.watcher.violate("STUCK", f"not at rest after {ROUNDS_MAX} rounds: {_unrest(world)}")


def account(world: World) -> None:
    """Hold the whole log to account, once it is at rest."""
    _everything_is_decided(world)
    _chains_agree(world)
    _folds_agree(world)
    _state_agrees(world)
    _decisions_agree(world)
    _nothing_waits_for_nothing(world)


def _everybody(world: World) -> int:
    """Let every process do a round; return how many values were appended."""
    appended = 0
    for process in world.processes.values():
        process.begin_round()
        appended += process.end_round()
    return appended


def _at_rest(world: World) -> bool:
    return not _unrest(world)


def _unrest(world: World) -> str:
    owned = {
        runner.book: runner
        for process in world.processes.values()
        for runner in process.runners()
        if runner.owning
    }
    if set(owned) != set(world.books):
        return f"nobody owns {sorted(set(world.books) - set(owned))}"
    if any(runner.loop.pending for runner in owned.values()):
        return "a record is not read back"
    open_mints = [mint for found in world.instruments.values() for mint in found.open_mints]
    if open_mints:
        return f"mint {open_mints[0]} is on its way"
    ends = _ends(world)
    behind = [str(v) for v in world.watcher.invariants.finish(ends)]
    if behind:
        return behind[0]
    due = [
        runner.book
        for runner in owned.values()
        if is_ledger(runner.book)
        and any(b.postponed and not b.holds for b in runner.loop.state.instruments.values())
    ]
    return f"{due} postponed work" if due else ""


def _ends(world: World) -> dict[str, int]:
    """Return one past the last message of every inbox; a hole at the end holds nothing to decide."""
    found = {}
    for stream in world.engine.streams():
        if not is_book(stream):
            found[stream] = world.engine.read(stream, 0, 10**9)[-1].position + 1
    return found


def _everything_is_decided(world: World) -> None:
    world.watcher.violations += world.watcher.invariants.finish(_ends(world))


def _chains_agree(world: World) -> None:
    """No effect without its record, every final mint exists once, supply is what the ledger says."""
    world.watcher.violations += world.watcher.invariants.effects(effects(world.networks), complete=True)
    for chain, transaction in world.dead:
        if world.networks[chain].network.inclusion(transaction) is not None:
            world.watcher.violate("INV-011", f"transaction {transaction} was called dead, {chain} has it")
    for instrument, found in list(world.instruments.items()):
        for chain, network in world.networks.items():
            decimals = {"alpha": 18, "beta": 8, "gamma": 6}[chain]
            on_chain = (network.network.supply(token_of(instrument)) or 0) * 10 ** (18 - decimals)
            if on_chain != found.supply[chain]:
                text = (
                    f"{instrument} on {chain}: {on_chain} on the chain, {found.supply[chain]} in the ledger"
                )
                world.watcher.violate("INV-011", text)


def _folds_agree(world: World) -> None:
    """INV-009: two folds on two engines give the state that the owner has, and so has every process."""
    copy = MemoryEngine()
    for stream in world.engine.streams():
        copy.append({stream: [entry.value for entry in world.engine.read(stream, 0, 10**9)]})
    for book in world.books:
        once, again = fold(world.engine, book), fold(copy, book)
        if once != again:
            world.watcher.violate("INV-009", "two engines give two states", book=book)
        for process in world.processes.values():
            if _live(process, book) not in (once, None):
                text = f"{process.client} has another state than a fold"
                world.watcher.violate("INV-009", text, book=book)


def _state_agrees(world: World) -> None:
    """The core's state holds the amounts that the events make."""
    for process in world.processes.values():
        for settlement in process.settlements:
            if not settlement.runner.owning:
                continue
            for name, book in settlement.runner.loop.state.instruments.items():
                found = world.instruments[name]
                core = (
                    book.pool,
                    book.free_total,
                    book.treasury_owed,
                    sorted(book.holds),
                    sorted(book.issuances),
                )
                facts = (
                    found.pool, found.by_state["free"], found.owed_from_treasury, sorted(found.holds),
                    sorted(found.issuances),
                )  # fmt: skip
                if core != facts or any(found.supply[chain] != units for chain, units in book.supply.items()):
                    world.watcher.violate("INV-009", f"{name}: {core} in the state, {facts} by the events")


def fold(engine: Engine, book: str) -> str:
    """Fold a book, and return the digest of its state."""
    decider = LedgerDecider() if is_ledger(book) else TransactionsDecider()
    state = decider.initial(book)
    for record in Follower(engine, book).advance():
        for event in record.events:
            decider.evolve(state, event)
    return state_digest(state)


def _live(process: Process, book: str) -> str | None:
    runner = next(each for each in process.runners() if each.book == book)
    return state_digest(runner.loop.state) if runner.owning else None


def _decisions_agree(world: World) -> None:
    """INV-010: deciding again from the inboxes gives the same bytes of events."""
    for book in world.books:
        if not is_ledger(book):
            continue
        state = ledger.initial(int(book.rpartition("-")[2]))
        for record in Follower(world.engine, book).advance():
            source = record.source
            if not isinstance(source, InboxSource) or source.sha256 is None:
                continue
            stream = inbox_stream(source.topic, source.partition)
            data = world.engine.read(stream, source.offset, 1)[0].value
            events = _decide(state, source.topic, data)
            if events is None:
                state, events = _set_aside(world, book, record.seq, source.topic, data)
            if canonical.encode(events) != canonical.encode(record.events):
                text = f"decided again: {events}, recorded: {record.events}"
                world.watcher.violate("INV-010", text, book=book, seq=record.seq)
                return


def _decide(state, topic, data):
    events = []
    try:
        for event in ledger.decide(state, given_of(topic, data)):
            ledger.evolve(state, event)
            events.append(event)
    except Exception as error:
        _decide.error = type(error).__name__
        return None
    return events


def _set_aside(world, book, seq, topic, data):
    state = ledger.initial(int(book.rpartition("-")[2]))
    for record in Follower(world.engine, book).advance():
        if record.seq == seq:
            break
        for event in record.events:
            ledger.evolve(state, event)
    events = []
    for event in ledger.set_aside(given_of(topic, data), _decide.error):
        ledger.evolve(state, event)
        events.append(event)
    return state, events


def _nothing_waits_for_nothing(world: World) -> None:
    """A funded issuance that nothing holds is not left lying."""
    for instrument, found in world.instruments.items():
        if found.holds:
            continue
        for issuance in found.issuances.values():
            if issuance.funded:
                world.watcher.violate(
                    "STUCK", f"{instrument}: issuance {issuance.event.issuance} is funded and waits"
                )
