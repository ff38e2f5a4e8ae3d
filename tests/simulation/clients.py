"""Clients: requests that can stand, that cannot, that are made twice, and that are taken back."""

from dataclasses import replace
from random import Random
from typing import Any

from schemas import amounts
from schemas.messages import REQUESTS, CancellationRequested, IssuanceRequested
from schemas.streams import inbox_stream
from tests.simulation import house
from tests.simulation.world import ISINS, World
from workers.core.ids import derive

SHARES = ("1", "10", "100", "0.5", "33.333333", "7.123456789012345678", "0.000002", "60", "3")


def request(world: World, random: Random) -> None:
    """Ask for something that can stand."""
    send(world, good(world, random))


def good(world: World, random: Random) -> IssuanceRequested:
    client, instrument = random.choice(house.CLIENTS), random.choice(list(ISINS))
    chain = random.choice(house.chains_of(instrument))
    asked = IssuanceRequested(
        client=client,
        client_request_id=f"R{len(world.memory.setdefault('requests', []))}",
        instrument=instrument,
        shares=random.choice(SHARES),
        chain=chain,
        wallet=house.wallet_of(client, chain),
        funding=random.choice(("settlement", "settlement", "treasury")),
        partial=random.choice(("wait", "parts")),
    )
    world.memory["requests"].append(asked)
    return asked


def send(world: World, asked: IssuanceRequested, **more: Any) -> None:
    world.send("issuance_requested", asked.client, asked.instrument, asked, **more)


def all_of_treasury(world: World, random: Random) -> None:
    """Ask for everything that treasury has free, from however many lots."""
    rich = [name for name in ISINS if world.instruments[name].by_state["free"]]
    if not rich:
        return
    instrument = random.choice(rich)
    found = world.instruments[instrument]
    free = found.by_state["free"] - found.owed_from_treasury
    if free > 0:
        asked = replace(good(world, random), instrument=instrument, funding="treasury")
        send(world, replace(asked, shares=amounts.text(free)))


def again(world: World, random: Random) -> None:
    """Ask the same again, or something else under the same id."""
    made = world.memory.get("requests", [])
    if not made:
        return
    asked = random.choice(made)
    send(world, asked if random.random() < 0.6 else replace(asked, shares="77"))


def hopeless(world: World, random: Random) -> None:
    """Ask for what must be refused, or in the wrong place."""
    asked = good(world, random)
    match random.choice(
        ("client", "ineligible", "instrument", "chain", "wallet", "zero", "small", "treasury", "late", "book")
    ):
        case "client":
            send(world, replace(asked, client="client-9"))
        case "ineligible":
            send(world, replace(asked, client=house.INELIGIBLE))
        case "instrument":
            send(world, replace(asked, instrument="GHOST"))
        case "chain":
            send(world, replace(asked, chain="omega"))
        case "wallet":
            send(world, replace(asked, wallet="0xstranger"))
        case "zero":
            send(world, replace(asked, shares="0"))
        case "small":
            send(world, replace(asked, instrument="AAPL", chain="gamma", shares="0.000000000000000001",
                                wallet=house.wallet_of(asked.client, "gamma")))  # fmt: skip
        case "treasury":
            send(world, replace(asked, funding="treasury", shares="1000000000"))
        case "late":
            send(world, asked, received_at=world.clock.now(400_000.0))
        case _:
            data = world.message("issuance_requested", asked.client, asked.instrument, asked)
            wrong = (world.partition(asked.instrument) + 1) % world.setting.partitions
            world.append(asked.client, inbox_stream(REQUESTS, wrong), [data])


def cancel(world: World, random: Random) -> None:
    """Take a request back: mostly one that is open, now and then one that is not, or not one's own."""
    made = world.memory.get("requests", [])
    if not made:
        return
    taken_back = _cancellation(random.choice(_open_requests(world) or made))
    match random.choice(("open",) * 6 + ("twice", "any", "over", "foreign", "late", "book")):
        case "twice":
            _take_back(world, taken_back)
            _take_back(world, taken_back)
        case "over":
            _take_back(world, _cancellation(random.choice(_requests_over(world) or made)))
        case "any":
            _take_back(world, _cancellation(random.choice(made)))
        case "foreign":
            _take_back(world, replace(taken_back, client="client-9"))
        case "late":
            _take_back(world, taken_back, received_at=world.clock.now(400_000.0))
        case "book":
            data = world.message(
                "cancellation_requested", taken_back.client, taken_back.instrument, taken_back
            )
            wrong = (world.partition(taken_back.instrument) + 1) % world.setting.partitions
            world.append(taken_back.client, inbox_stream(REQUESTS, wrong), [data])
        case _:
            _take_back(world, taken_back)


def _open_requests(world: World) -> list[IssuanceRequested]:
    """Return the requests that stand, those with mints on their way alone where there are any."""
    standing = {
        (issuance.event.client, issuance.event.client_request_id): bool(issuance.open_parts)
        for found in world.instruments.values()
        for issuance in found.issuances.values()
    }
    made = [
        asked for asked in world.memory["requests"] if (asked.client, asked.client_request_id) in standing
    ]
    under_way = [asked for asked in made if standing[asked.client, asked.client_request_id]]
    return under_way or made


def _requests_over(world: World) -> list[IssuanceRequested]:
    """Return the requests that were answered and take no more shares: completed, closed, expired, refused."""
    return [asked for asked in world.memory["requests"] if _is_over(world, asked)]


def _is_over(world: World, asked: IssuanceRequested) -> bool:
    found = world.instruments[asked.instrument]
    name = derive("issuance", asked.client, asked.instrument, asked.client_request_id)
    issuance = found.issuances.get(name)
    was_answered = name in found.requests and name not in found.cancelled
    return was_answered and (issuance is None or issuance.ended is not None)


def _cancellation(asked: IssuanceRequested) -> CancellationRequested:
    return CancellationRequested(
        client=asked.client,
        client_request_id=asked.client_request_id,
        instrument=asked.instrument,
        kind="issuance",
    )


def _take_back(world: World, body: CancellationRequested, **more: Any) -> None:
    world.send("cancellation_requested", body.client, body.instrument, body, **more)
