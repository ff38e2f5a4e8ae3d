"""Clients who redeem: they ask, send what they said or something else, and change their minds."""

from dataclasses import replace
from random import Random
from typing import Any

from schemas import amounts
from schemas.messages import REQUESTS, CancellationRequested, RedemptionRequested
from schemas.streams import inbox_stream
from tests.simulation import house
from tests.simulation.networks import DECIMALS, account_of, token_of
from tests.simulation.world import ISINS, World
from workers.chains.simulated import Holder
from workers.core.ids import derive
from workers.core.invariants.redemption_facts import RedemptionFacts

STRANGER = "0xstranger"


def redeem(world: World, random: Random) -> None:
    """Ask to redeem what a wallet has, and mostly send it at once."""
    asked = good(world, random)
    send(world, asked)
    if random.random() < 0.7:
        _hand_in(world, asked, asked.units)


def good(world: World, random: Random) -> RedemptionRequested:
    """Return a request that can stand: of all or some of what a wallet holds, or is likely to."""
    client, instrument, chain, held = _rich_wallet(world, random)
    made = world.memory.setdefault("redemptions", [])
    part = random.choice((held, held, max(1, held // 2), max(1, held // 3)))
    asked = RedemptionRequested(
        client=client,
        client_request_id=f"Q{len(made)}",
        instrument=instrument,
        units=amounts.text(amounts.from_base_amount(part, DECIMALS[chain])),
        chain=chain,
        wallet=house.wallet_of(client, chain),
        details=random.choice(list(house.DETAILS)),
    )
    made.append(asked)
    return asked


def send(world: World, asked: RedemptionRequested, **more: Any) -> None:
    world.send("redemption_requested", asked.client, asked.instrument, asked, **more)


def hand_in(world: World, random: Random) -> None:
    """Send the tokens of an accepted redemption: from its wallet, from another, or too few of them."""
    waiting = _waiting(world)
    if not waiting:
        return
    held = [each for each in waiting if _held(world, each) >= amounts.parse(each.units)]
    asked = random.choice(held or waiting)
    units = amounts.parse(asked.units)
    match random.choice(("whole",) * 5 + ("stranger",) * 4 + ("short",)):
        case "stranger":
            _hand_in(world, asked, asked.units, by=STRANGER)
        case "short":
            step = amounts.from_base_amount(1, DECIMALS[asked.chain])
            _hand_in(world, asked, amounts.text(max(step, units - step)))
        case _:
            _hand_in(world, asked, asked.units)


def again(world: World, random: Random) -> None:
    """Ask the same again, or something else under the same id."""
    made = world.memory.get("redemptions", [])
    if made:
        asked = random.choice(made)
        send(world, asked if random.random() < 0.6 else replace(asked, units="77"))


def hopeless(world: World, random: Random) -> None:
    """Ask for what must be refused, or in the wrong place."""
    asked = good(world, random)
    wrong: dict[str, dict[str, str]] = {
        "client": {"client": "client-9"},
        "ineligible": {"client": house.INELIGIBLE},
        "instrument": {"instrument": "GHOST"},
        "chain": {"chain": "omega"},
        "wallet": {"wallet": "0xstranger"},
        "details": {"details": "nowhere"},
        "zero": {"units": "0"},
        "precision": {"units": "1.000000000000000001", "chain": "beta"},
        "small": {"units": "0.00001", "details": "home"},
    }
    why = random.choice((*wrong, "late", "book"))
    if why == "late":
        send(world, asked, received_at=world.clock.now(400_000.0))
        return
    if why == "book":
        data = world.message("redemption_requested", asked.client, asked.instrument, asked)
        partition = (world.partition(asked.instrument) + 1) % world.setting.partitions
        world.append(asked.client, inbox_stream(REQUESTS, partition), [data])
        return
    strange = replace(asked, **wrong[why])
    if why == "precision":
        here = house.wallet_of(strange.client, "beta")
        strange = replace(strange, instrument="AAPL", wallet=here)
    send(world, strange)


def cancel(world: World, random: Random) -> None:
    """Take a redemption back: before its tokens came, too late, or one that is not there."""
    made = world.memory.get("redemptions", [])
    if not made:
        return
    asked = random.choice(random.choice((_waiting(world), _answered(world), made)) or made)
    taken_back = CancellationRequested(
        client=asked.client,
        client_request_id=asked.client_request_id if random.random() < 0.9 else "never",
        instrument=asked.instrument,
        kind="redemption",
    )
    for _ in range(random.choice((1, 1, 2))):
        world.send("cancellation_requested", asked.client, asked.instrument, taken_back)


def _hand_in(world: World, asked: RedemptionRequested, units: str, *, by: str | None = None) -> None:
    """Send tokens to the account, from the redemption's wallet or by somebody else who has as many."""
    simulated = world.networks[asked.chain]
    address = by or asked.wallet
    base_amount = amounts.base_amount(amounts.parse(units), DECIMALS[asked.chain])
    token = token_of(asked.instrument)
    if simulated.network.balance(token, address) >= base_amount:
        holder = Holder(simulated.network, address, entropy=simulated.entropy.randbytes)
        holder.send(token, account_of(asked.chain), base_amount)
        world.coverage.happened("tokens handed in")
        return
    # Whoever is to hand in for a client is given the tokens first.
    if by is not None and simulated.network.balance(token, asked.wallet) >= base_amount:
        giver = Holder(simulated.network, asked.wallet, entropy=simulated.entropy.randbytes)
        giver.send(token, by, base_amount)


def _rich_wallet(world: World, random: Random) -> tuple[str, str, str, int]:
    """Return a client's wallet and what it holds; a hundred of something where nobody holds anything."""
    rich = [
        (client, instrument, chain, held)
        for client in house.CLIENTS
        for instrument in ISINS
        for chain in house.chains_of(instrument)
        if (
            held := world.networks[chain].network.balance(
                token_of(instrument), house.wallet_of(client, chain)
            )
        )
    ]
    if rich:
        return random.choice(rich)
    return random.choice(house.CLIENTS), "AAPL", "beta", 10**10


def _held(world: World, asked: RedemptionRequested) -> int:
    """Return what the wallet of a redemption holds, in 10^-18."""
    base_amount = world.networks[asked.chain].network.balance(token_of(asked.instrument), asked.wallet)
    return amounts.from_base_amount(base_amount, DECIMALS[asked.chain])


def _waiting(world: World) -> list[RedemptionRequested]:
    return [asked for asked in world.memory.get("redemptions", []) if _stage(world, asked) == "accepted"]


def _answered(world: World) -> list[RedemptionRequested]:
    return [asked for asked in world.memory.get("redemptions", []) if _stage(world, asked) is not None]


def _stage(world: World, asked: RedemptionRequested) -> str | None:
    found = _facts(world, asked)
    return None if found is None else found.stage


def _facts(world: World, asked: RedemptionRequested) -> RedemptionFacts | None:
    name = derive("redemption", asked.client, asked.instrument, asked.client_request_id)
    found = world.instruments.get(asked.instrument)
    return None if found is None else found.redemptions.get(name)
