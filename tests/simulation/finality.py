"""A chain drops blocks that were final, with everything in them; some of it comes back in others."""

import contextlib
from collections.abc import Callable, Iterator
from random import Random

from schemas import instants
from schemas.events import BurnAuthorized, ReturnAuthorized
from schemas.streams import transactions_book
from tests.simulation.networks import account_of, token_of
from tests.simulation.world import ISINS, World
from workers.chains.base import ChainRefused
from workers.chains.simulated import Network
from workers.core.ids import sighting_id
from workers.core.invariants.account_facts import TakenFacts
from workers.core.invariants.facts import InstrumentFacts
from workers.core.invariants.folding_redemption import operation_owner

LATEST_MAX = 3
LOST = 0.4
BACK_AT_ONCE = 0.7


def break_finality(world: World, random: Random) -> None:
    """Let a chain drop final blocks, where it is one that does; some of their transactions are lost.

    Nothing is dropped that would let what was called dead act: what a chain said of that is not looked at
    again. What is not lost comes back at once in another order, or after blocks in which there is nothing.
    """
    chain = world.setting.breaks_finality
    if chain is None:
        return
    network = world.networks[chain].network
    tip = network.tip()
    place = _place(world, random, chain, network)
    if place is None:
        return
    height = place - 1
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


def _place(world: World, random: Random, chain: str, network: Network) -> int | None:
    """Return the lowest block that is dropped: one of the latest of a kind on which much hangs."""
    after, final = world.networks[chain].given_up, network.finalized().height
    found: list[tuple[float, list[int]]] = []
    for weight, heights in PLACES:
        may_go = {at for at in heights(world, chain, network) if after < at <= final}
        if may_go:
            found.append((weight, sorted(may_go)[-LATEST_MAX:]))
    if not found:
        return None
    weights = [weight for weight, _ in found]
    latest = random.choices(found, weights)[0][1]
    return random.choice(latest)


def _acted(_world: World, _chain: str, network: Network) -> Iterator[int]:
    """Yield where our own operations acted."""
    return (each.block.height for each in network.operations())


def _acted_rarely(world: World, _chain: str, network: Network) -> Iterator[int]:
    """Yield where our own operations acted that are no issuance's."""
    bridged = {mint for found in world.instruments.values() for mint in found.final_bridge_mints}
    for each in network.operations():
        if each.kind != "mint" or each.operation in bridged:
            yield each.block.height


def _others_acted(_world: World, chain: str, network: Network) -> Iterator[int]:
    """Yield where others moved tokens."""
    return (height for height, _ in _moved(chain, network))


def _tokens_used(world: World, chain: str, network: Network) -> Iterator[int]:
    """Yield where tokens came that were burned, or sent on."""
    used = set(_used(world))
    return (height for height, sighting in _moved(chain, network) if sighting in used)


def _tokens_sent_back(world: World, chain: str, network: Network) -> Iterator[int]:
    """Yield where tokens came that were sent back; it takes an order, a return and that they come again."""
    sent_back = set(_sent_back(world))
    return (height for height, sighting in _moved(chain, network) if sighting in sent_back)


def _burned(world: World, _chain: str, network: Network) -> Iterator[int]:
    """Yield where the ledger knows a redemption's burn to be final."""
    return _called_final(world, network, "burn")


def _returned(world: World, _chain: str, network: Network) -> Iterator[int]:
    """Yield where the ledger knows a return to be final."""
    return _called_final(world, network, "transfer")


def _called_final(world: World, network: Network, kind: str) -> Iterator[int]:
    final = {name for found in world.instruments.values() for name in found.final_operations}
    for each in network.operations():
        if each.kind == kind and each.operation in final:
            yield each.block.height


def _doubled(world: World, _chain: str, network: Network) -> Iterator[int]:
    """Yield where operations acted beside what took their place."""
    doubles = {name for found in world.instruments.values() for name in found.final_doubles}
    return (each.block.height for each in network.operations() if each.operation in doubles)


def _closed_for_nothing(world: World, chain: str, _network: Network) -> Iterator[int]:
    """Yield the blocks that closed operations whose place nothing has taken."""
    free = {name for found in world.instruments.values() for name in _free_places(found)}
    for operation, taken in _closed(world, chain):
        if operation in free and taken.proof is not None and taken.proof.block_height is not None:
            yield taken.proof.block_height


def _free_places(found: InstrumentFacts) -> Iterator[str]:
    for name, authorized in found.closures.items():
        owner = found.bridges.get(getattr(authorized, "bridge", ""))
        if isinstance(authorized, BurnAuthorized | ReturnAuthorized):
            owned = operation_owner(found, authorized)
            if owned is not None and owned.open is None:
                yield name
        elif owner is not None and owner.mint is None:
            yield name


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


Heights = Callable[[World, str, Network], Iterator[int]]

PLACES: tuple[tuple[float, Heights], ...] = (
    (1, _acted),
    (1, _acted_rarely),
    (1, _others_acted),
    (2, _tokens_used),
    (12, _tokens_sent_back),
    (4, _burned),
    (4, _returned),
    (2, _stopped),
    (2, _doubled),
    (4, _closed_for_nothing),
)
"""Where finality may break, and how often it does there rather than elsewhere."""
