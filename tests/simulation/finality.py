"""A chain drops blocks that were final, with everything in them; some of it comes back in others."""

from collections.abc import Iterator
from random import Random

from schemas.events import BurnAuthorized
from schemas.streams import transactions_book
from tests.simulation.networks import account_of, token_of
from tests.simulation.world import ISINS, World
from workers.chains.simulated import Network
from workers.core.ids import sighting_id

LATEST_MAX = 3
LOST = 0.5
BACK_AT_ONCE = 0.6


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
    groups = [
        [height for height in heights if after < height <= final][-LATEST_MAX:]
        for heights in _heights(world, chain, network)
    ]
    groups = [heights for heights in groups if heights]
    if not groups:
        return
    height = random.choice(random.choice(groups)) - 1
    network.break_finality(height, lost={name for name in network.above(height) if random.random() < LOST})
    if random.random() < BACK_AT_ONCE:
        back = list(network.mempool())
        random.shuffle(back)
        network.produce_block(network.tip().timestamp, include=back)
    while network.finalized().height < tip.height:
        network.produce_block(tip.timestamp, include=())
    world.coverage.happened("finality broke")


def _heights(world: World, chain: str, network: Network) -> Iterator[list[int]]:
    """Yield where something may break, by what makes it worth while; each in the chain's order."""
    acted = list(network.operations())
    bridged = {mint for found in world.instruments.values() for mint in found.final_bridge_mints}
    yield [effect.block.height for effect in acted]
    yield [each.block.height for each in acted if each.kind != "mint" or each.operation in bridged]
    moved = [
        (event.place.block.height, sighting_id(chain, event.place.transaction, event.place.index))
        for instrument in ISINS
        for event in network.movements(token_of(instrument), account_of(chain), 0, network.finalized().height)
    ]
    yield sorted(height for height, _ in moved)
    used = set(_used(world))
    yield sorted(height for height, sighting in moved if sighting in used)
    yield sorted(_cancelled(world, chain, network))


def _used(world: World) -> Iterator[str]:
    """Yield the tokens that came and were burned, or sent on."""
    for found in world.instruments.values():
        causes = {
            each.redemption if isinstance(each, BurnAuthorized) else each.cause
            for each in found.final_operations.values()
        }
        yield from (sighting for sighting, cause in found.arrivals.items() if cause in causes)


def _cancelled(world: World, chain: str, network: Network) -> Iterator[int]:
    """Yield where guards were cancelled: in another order, what they stopped acts first."""
    for operation, taken in world.facts.books[transactions_book(account_of(chain))].taken.items():
        use = network.guard_use(operation) if taken.proof is not None else None
        if use is not None and use.kind is None:
            yield use.block.height
