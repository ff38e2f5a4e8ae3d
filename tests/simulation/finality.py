"""A chain drops blocks that were final, with everything in them; some of it comes back in others."""

import contextlib
from collections.abc import Iterator
from random import Random

from schemas import instants
from schemas.events import BurnAuthorized
from schemas.streams import transactions_book
from tests.simulation.networks import account_of, token_of
from tests.simulation.world import ISINS, World
from workers.chains.base import ChainRefused
from workers.chains.simulated import Network
from workers.core.ids import sighting_id
from workers.core.invariants.account_facts import TakenFacts

LATEST_MAX = 3
LOST = 0.4
BACK_AT_ONCE = 0.7
RARE = 0.6
RAREST = 4


def break_finality(world: World, random: Random) -> None:
    """Let a chain drop final blocks, where it is one that does; some of their transactions are lost.

    Nothing below what was called dead is dropped: what a chain said of that is not looked at again. What is
    not lost comes back at once in another order, or after blocks in which there is nothing.
    """
    chain = world.setting.breaks_finality
    if chain is None:
        return
    network = world.networks[chain].network
    tip, final = network.tip(), network.finalized().height
    after = world.given_up.get(chain, 0)
    rare, common = (
        [
            found
            for each in groups
            if (found := [at for at in sorted(each) if after < at <= final][-LATEST_MAX:])
        ]
        for groups in (_rare(world, chain, network), _common(world, chain, network))
    )
    groups = (random.random() < RARE and rare) or common
    if not groups:
        return
    height = random.choice(random.choice(groups)) - 1
    kept = _kept(world, chain, network)
    lost = {name for name in network.above(height) if random.random() < LOST and name not in kept}
    network.break_finality(height, lost=lost)
    if random.random() < BACK_AT_ONCE:
        _resubmit(world, chain, network)
        back = list(network.mempool())
        random.shuffle(back)
        network.produce_block(network.tip().timestamp, include=back)
    while network.finalized().height < tip.height:
        network.produce_block(tip.timestamp, include=())
    world.coverage.happened("finality broke")


def _common(world: World, chain: str, network: Network) -> Iterator[list[int]]:
    """Yield where something may break: our own operations, the rarer of them, and what others moved."""
    acted = list(network.operations())
    bridged = {mint for found in world.instruments.values() for mint in found.final_bridge_mints}
    yield [effect.block.height for effect in acted]
    yield [each.block.height for each in acted if each.kind != "mint" or each.operation in bridged]
    yield [height for height, _ in _moved(chain, network)]


def _rare(world: World, chain: str, network: Network) -> Iterator[list[int]]:
    """Yield where more hangs on it: tokens that were used, what never acted, what acted beside another."""
    used, sent_back = set(_used(world)), set(_sent_back(world))
    moved = list(_moved(chain, network))
    yield [height for height, sighting in moved if sighting in used]
    for _ in range(RAREST):  # it takes an order, a return and a transaction that comes back
        yield [height for height, sighting in moved if sighting in sent_back]
    yield list(_stopped(world, chain, network))
    doubles = {name for found in world.instruments.values() for name in found.final_doubles}
    yield [each.block.height for each in network.operations() if each.operation in doubles]


def _moved(chain: str, network: Network) -> Iterator[tuple[int, str]]:
    for instrument in ISINS:
        for event in network.movements(
            token_of(instrument), account_of(chain), 0, network.finalized().height
        ):
            place = event.place
            yield place.block.height, sighting_id(chain, place.transaction, place.index)


def _kept(world: World, chain: str, network: Network) -> set[str]:
    """Return the transactions of tokens that were sent back: of those something is left to see."""
    sent_back = set(_sent_back(world))
    return {
        event.place.transaction
        for instrument in ISINS
        for event in network.movements(token_of(instrument), account_of(chain), 0, network.finalized().height)
        if sighting_id(chain, event.place.transaction, event.place.index) in sent_back
    }


def _used(world: World) -> Iterator[str]:
    """Yield the tokens that came and were burned, or sent on."""
    for found in world.instruments.values():
        causes = {
            each.redemption if isinstance(each, BurnAuthorized) else each.cause
            for each in found.final_operations.values()
        }
        yield from (sighting for sighting, cause in found.arrivals.items() if cause in causes)


def _sent_back(world: World) -> Iterator[str]:
    """Yield the tokens that nobody announced, and that were sent back."""
    for found in world.instruments.values():
        causes = {getattr(each, "cause", None) for each in found.final_operations.values()}
        causes |= {cause for cause, each in found.returns.items() if each.attempts}
        yield from (name for name, cause in found.arrivals.items() if name == cause and cause in causes)


def _stopped(world: World, chain: str, network: Network) -> Iterator[int]:
    """Yield where closed operations that never acted were in time for the last time."""
    for operation, taken in _closed(world, chain):
        height = min(taken.proof.block_height or 0, network.finalized().height) if taken.proof else 0
        deadline = instants.epoch_seconds(taken.event.deadline)
        while height > 0 and network.block(height).timestamp > deadline:
            height -= 1
        if operation in world.acts and network.guard_use(operation) is None:
            yield height + 1


def _resubmit(world: World, chain: str, network: Network) -> None:
    """Let some node have kept what closed operations were to do: it acts where it is in time again."""
    for operation, _ in _closed(world, chain):
        with contextlib.suppress(ChainRefused):
            network.accept(world.acts.get(operation, b""))


def _closed(world: World, chain: str) -> Iterator[tuple[str, TakenFacts]]:
    taken = world.facts.books[transactions_book(account_of(chain))].taken
    return ((operation, each) for operation, each in taken.items() if each.proof is not None)
