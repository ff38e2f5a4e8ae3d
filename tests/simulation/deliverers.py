"""Custodians who deliver what was instructed: whole, in parts, too much, elsewhere, late, and not at all."""

from dataclasses import replace
from random import Random

from schemas import amounts
from schemas.confirmation import Security, SettledAmount
from schemas.house import ConfirmDeliveryCancelled, MatchReceipt, Order, ReturnReceipt
from tests.simulation import house, operators
from tests.simulation.custodians import UNDOINGS, movement, tell
from tests.simulation.world import ISINS, World
from workers.core.invariants.redemption_facts import InstructionFacts

Standing = tuple[str, InstructionFacts]


def deliver(world: World, random: Random) -> None:
    """Deliver what an instruction says, as custodians do."""
    standing = [each for each in _instructions(world) if each[1].left > 0]
    if not standing:
        return
    instrument, instruction = random.choice(standing)
    left = instruction.left
    shares = random.choice((left, left, left, -(-left // 2), -(-left // 3), left + amounts.parse("1.5")))
    _tell(world, random, instrument, instruction, shares)


def deliver_wrongly(world: World, random: Random) -> None:
    """Deliver under a reference that links nothing any more, or on an account that was not instructed."""
    known = _instructions(world)
    standing = [each for each in known if each[1].left > 0]
    cancelled = [each for each in known if each[1].cancelled]
    if not known:
        return
    instrument, instruction = random.choice(random.choice((standing, cancelled)) or known)
    if instruction.cancelled:
        _tell(world, random, instrument, instruction, amounts.parse("0.5"))
        return
    elsewhere = house.TREASURY if instruction.event.account != house.TREASURY else house.BACKING
    _tell(world, random, instrument, instruction, amounts.parse("0.5"), elsewhere=elsewhere)


def undo_settled(world: World, random: Random) -> None:
    """Undo a delivery that was confirmed under a reference of ours."""
    references = {name for found in world.instruments.values() for name in found.delivery_references}
    told = [
        (instrument, said)
        for instrument, said in world.memory.get("movements", [])
        if said.movement == "deliver" and said.owner_transaction_id in references
    ]
    if told:
        instrument, said = random.choice(told[-4:])
        undoing = replace(said, kind=random.choice(UNDOINGS), message_id=f"Z{random.randrange(10**6)}")
        tell(world, instrument, undoing)


def cancel_delivery(world: World, random: Random) -> None:
    """Say that a servicer cancelled an instruction; sometimes one that has nothing left."""
    known = _instructions(world)
    standing = [each for each in known if each[1].left > 0]
    if known:
        instrument, instruction = random.choice(random.choice((standing, standing, known)) or known)
        order = ConfirmDeliveryCancelled(instrument=instrument, delivery=instruction.event.delivery)
        operators.order(world, random, order, instrument)


def judge_receipt(world: World, random: Random) -> None:
    """Match parked tokens with a redemption that waits for as many, or return them."""
    parked = [
        (name, receipt) for name, found in world.instruments.items() for receipt in found.parked.values()
    ]
    if not parked:
        return
    awaited = {
        (name, redemption.event.chain, redemption.event.units)
        for name, found in world.instruments.items()
        for redemption in found.redemptions.values()
        if redemption.stage == "accepted"
    }
    fit = [(name, each) for name, each in parked if (name, each.chain, each.units) in awaited]
    instrument, receipt = random.choice(fit or parked)
    waiting = [
        (redemption.event.redemption, (redemption.event.chain, redemption.event.units))
        for redemption in world.instruments[instrument].redemptions.values()
        if redemption.stage == "accepted"
    ]
    fitting = [name for name, what in waiting if what == (receipt.chain, receipt.units)]
    order: Order = ReturnReceipt(instrument=instrument, sighting=receipt.sighting)
    if fitting and random.random() < 0.9:
        named = random.choice(fitting)
        order = MatchReceipt(instrument=instrument, sighting=receipt.sighting, redemption=named)
    elif waiting and random.random() < 0.2:
        named = random.choice(waiting)[0]
        order = MatchReceipt(instrument=instrument, sighting=receipt.sighting, redemption=named)
    operators.order(world, random, order, instrument)


def unusable(world: World, random: Random) -> None:
    """Order about tokens, redemptions and deliveries that are not there, and approve what cannot be."""
    parked = [receipt.sighting for receipt in world.instruments["AAPL"].parked.values()]
    home = house.delivery_details("client-1", "home")
    choices: list[tuple[Order, str | None]] = [
        (ReturnReceipt(instrument="AAPL", sighting="0" * 64), "AAPL"),
        (ConfirmDeliveryCancelled(instrument="AAPL", delivery="0" * 64), "AAPL"),
        (replace(home, account="NOBODY-1"), None),
        (replace(home, account=house.OTHER), None),
        (replace(home, increment="0"), None),
        (replace(home, client="client-9"), None),
        *(
            (MatchReceipt(instrument="AAPL", sighting=each, redemption="0" * 64), "AAPL")
            for each in parked[:2]
        ),
    ]
    what, instrument = random.choice(choices)
    operators.confirm(world, operators.propose(world, what, instrument))


def approve(world: World, random: Random) -> None:
    """Approve a client's delivery details anew."""
    client, name = random.choice(house.CLIENTS), random.choice(list(house.DETAILS))
    increment = random.choice(("1", "0.5", "0.000001", house.DETAILS[name][2]))
    order = replace(house.delivery_details(client, name), increment=increment)
    operators.order(world, random, order, None)


def _instructions(world: World) -> list[Standing]:
    return [
        (name, instruction)
        for name, found in world.instruments.items()
        for redemption in found.redemptions.values()
        for instruction in redemption.deliveries.values()
    ]


def _tell(
    world: World,
    random: Random,
    instrument: str,
    instruction: InstructionFacts,
    shares: int,
    *,
    elsewhere: str | None = None,
) -> None:
    wanted = instruction.event
    at_broker = wanted.servicer == house.BROKER and elsewhere is None
    scheme: Security = (
        Security(scheme="SYMBOL", id=instrument)
        if at_broker
        else Security(scheme="ISIN", id=ISINS[instrument])
    )
    paid = SettledAmount(value="100.5", currency="USD", direction="credit") if wanted.kind == "cash" else None
    said = movement(
        world,
        random,
        instrument,
        amounts.text(shares),
        movement="deliver",
        servicer=house.BROKER if at_broker else house.SERVICER,
        account=elsewhere or wanted.account,
        security=scheme,
        owner_transaction_id=wanted.settlement_reference,
        amount=paid,
        payment="against_payment" if paid else "free",
    )
    tell(world, instrument, said)
