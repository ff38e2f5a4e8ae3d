"""The end of a run: no more faults, and everything comes to rest."""

from collections.abc import Iterator

from schemas.streams import is_book
from tests.simulation import holders
from tests.simulation.processes import OwnedBook, Process
from tests.simulation.world import PROCESSES, World

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
        everybody(world)
        if world.watcher.violations:
            return
        # The clock stands while it is seen whether anybody still has something to do.
        if unrest(world) is None and sum(_rounds(world) for _ in range(QUIET_ROUNDS)) == 0:
            return
    world.watcher.violate("STUCK", f"not at rest after {ROUNDS_MAX} rounds: {unrest(world)}")


def everybody(world: World) -> None:
    """Let a second pass, in which every process does a round and every chain has a block."""
    world.clock.pass_by(1.0)
    _rounds(world)
    for network in world.networks.values():
        network.producer.produce_block(world.clock.epoch_seconds())


def unrest(world: World) -> str | None:
    """Return what is still to be done, if anything is."""
    return next(_unrest(world), None)


def ends(world: World) -> dict[str, int]:
    """Return one past the last message of every inbox; a hole at the end holds nothing to decide."""
    inboxes = (stream for stream in world.engine.streams() if not is_book(stream))
    return {stream: world.engine.read(stream, 0, 10**9)[-1].position + 1 for stream in inboxes}


def _rounds(world: World) -> int:
    """Let every process do a round; return how many values were appended."""
    appended = 0
    for process in world.processes.values():
        process.begin_round()
        appended += process.end_round()
    return appended


def _unrest(world: World) -> Iterator[str]:
    owned = {runner.book: runner for process in world.processes.values() for runner in _owning(process)}
    for book in world.books:
        if book not in owned:
            yield f"nobody owns {book}"
        elif owned[book].loop.pending:
            yield f"a record of {book} is not read back"
    yield from _under_way(world)
    broken = world.broken()
    if broken is not None:
        yield f"{broken} is final in a block that is gone"
    yield from holders.unaccounted(world)
    for violation in world.watcher.invariants.finish(ends(world)):
        yield str(violation)


def _under_way(world: World) -> Iterator[str]:
    for name, found in world.instruments.items():
        for mint in (*found.open_mints, *found.open_bridge_mints):
            yield f"mint {mint} is on its way"
        if found.doubled:
            yield f"operation {next(iter(found.doubled))} may act beside another"
        if found.open_operations:
            yield f"operation {next(iter(found.open_operations))} is on its way"
        for process in world.processes.values():
            if process.has_work(name):
                yield f"{name} has postponed work"


def _owning(process: Process) -> Iterator[OwnedBook]:
    return (runner for runner in process.runners() if runner.owning)
