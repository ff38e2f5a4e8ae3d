"""Holders: whoever has tokens sends them about and burns them, and nobody asks us."""

from collections.abc import Iterator
from random import Random
from typing import Any

from schemas.messages import CHAIN, UnitsBurnedSeen
from schemas.streams import inbox_stream
from tests.simulation import house, mischief
from tests.simulation.networks import DECIMALS, account_of, token_of
from tests.simulation.world import ISINS, World
from workers.chains.base import Burned, FeedEvent
from workers.chains.simulated import Holder
from workers.core.ids import sighting_id

STRANGER = "0xstranger"
_KINDS = {"burn_recorded": "burned", "receipt_parked": "received", "tokens_received": "received"}


def send(world: World, random: Random) -> None:
    """Send to a signing account, which nobody announced, or to somebody else, which is nobody's business."""
    found = _somebody(world, random)
    if found is None:
        return
    chain, holder, instrument, held = found
    to = random.choice((account_of(chain), account_of(chain), STRANGER))
    holder.send(token_of(instrument), to, _part(held, random))
    world.coverage.happened("tokens sent to an account" if to != STRANGER else "tokens sent to a stranger")


def burn(world: World, random: Random) -> None:
    """Burn, for nothing in return."""
    found = _somebody(world, random)
    if found is None:
        return
    _, holder, instrument, held = found
    holder.burn(token_of(instrument), _part(held, random))
    world.coverage.happened("tokens burned by a holder")


def strange_sighting(world: World, random: Random) -> None:
    """A sighting from a stranger, who tells of a burn that could be, or from a thief of a credential.

    The thief tells what is known again, or otherwise, or what cannot be: whatever else a thief told would be
    believed until an audit.
    """
    instrument, chain = random.choice(list(ISINS)), random.choice(list(DECIMALS))
    transaction, index = f"{random.randrange(16**8):064x}", random.randrange(3)
    said: dict[str, Any] = {
        "account": account_of(chain),
        "chain": chain,
        "token": token_of(instrument),
        "transaction": transaction,
        "index": index,
        "sighting": sighting_id(chain, transaction, index),
        "units": "1000000000000",
        "block_height": 1,
        "block_hash": "0xblock",
        "record": mischief.some_record(world, random, account_of(chain)),
    }
    seen_by_accounts = world.memory.get("sightings", [])
    known = [each for each in seen_by_accounts if each[1].sighting in world.facts.sightings]
    if known and random.random() < 0.6:
        instrument, seen = random.choice(known[-20:])
        said |= {name: getattr(seen, name) for name in said if name not in ("account", "record")}
        said |= {"account": account_of(seen.chain), "units": random.choice((seen.units, "0.000001"))}
    elif random.random() < 0.3:
        said |= {"sighting": "e" * 64, "units": "0.000001"}
    sender = said["account"]
    if random.random() < 0.3:
        sender, said["units"] = "observer", "0.000001"
    body = UnitsBurnedSeen(**said, holder="0xholder")
    data = world.message("units_burned_seen", sender, instrument, body)
    world.watcher.forged.add(data)
    world.append("mallory", inbox_stream(CHAIN, world.partition(instrument)), [data])


def unaccounted(world: World) -> Iterator[str]:
    """Yield what is final on a chain and not in the ledger, or there otherwise."""
    recorded = {
        name: (chain, transaction, _KINDS[kind], units)
        for name, (chain, transaction, kind, units) in world.facts.sightings.items()
    }
    happened = {}
    for instrument in world.instruments:
        for chain, event in _movements(world, instrument):
            place = event.place
            name = sighting_id(chain, place.transaction, place.index)
            kind = "burned" if isinstance(event, Burned) else "received"
            units = event.base_amount * 10 ** (18 - DECIMALS[chain])
            happened[name] = (chain, place.transaction, kind, units)
    for name in happened.keys() | recorded.keys():
        if happened.get(name) != recorded.get(name):
            yield f"sighting {name} is {happened.get(name)} on its chain, {recorded.get(name)} in the ledger"


def _movements(world: World, instrument: str) -> Iterator[tuple[str, FeedEvent]]:
    for chain, each in world.networks.items():
        height = each.network.finalized().height
        for event in each.network.movements(token_of(instrument), account_of(chain), 0, height):
            yield chain, event


def _somebody(world: World, random: Random) -> tuple[str, Holder, str, int] | None:
    """Return somebody who has tokens at finality: the chain, who, of what, how many."""
    rich = [
        (chain, address, instrument, held)
        for chain, each in world.networks.items()
        for address in (STRANGER, *(house.wallet_of(client, chain) for client in house.CLIENTS))
        for instrument in ISINS
        if (held := each.network.balance(token_of(instrument), address))
    ]
    if not rich:
        return None
    chain, address, instrument, held = random.choice(rich)
    simulated = world.networks[chain]
    holder = Holder(simulated.network, address, entropy=simulated.entropy.randbytes)
    return chain, holder, instrument, held


def _part(held: int, random: Random) -> int:
    return random.choice((1, held, max(1, held // 2), max(1, held // 7)))
