"""Custodians and brokers: movements that happened, told well, badly, twice and by the wrong people."""

from dataclasses import replace
from random import Random
from typing import Any

from schemas import amounts
from schemas.confirmation import Confirmation, ConfirmationKind, Reason, Security
from schemas.envelope import Reader
from schemas.events.inbox import InformationCode, ParkedCode
from schemas.messages import CUSTODY, EvidenceParked, InformationReceived
from schemas.streams import inbox_stream
from tests.simulation import house
from tests.simulation.coverage import reading_codes
from tests.simulation.world import ISINS, World

READERS = {house.FEED: "sese.025", house.BROKER_FEED: "alpaca.journal"}
UNDOINGS: tuple[ConfirmationKind, ...] = ("settlement_reversed", "confirmation_withdrawn")
QUANTITIES = ("1", "10", "100", "0.5", "7.25", "33.333333", "0.0000001", "12.345678901234567891", "250")
PLAIN = Confirmation(
    kind="settlement_confirmed", servicer=house.SERVICER, account=house.BACKING, movement="receive",
    payment="free", security=Security(scheme="ISIN", id=ISINS["AAPL"]), quantity="1", previously_settled=None,
    remaining=None, partial=None, settled_on="2026-11-23", trade_date=None, message_id=None,
    servicer_transaction_id=None, owner_transaction_id=None, market_transaction_id=None,
    previous_confirmation_id=None, transaction_type="TRAD", deal_reference=None, references=(), amount=None,
    counterparty=None, place_of_settlement=None, safekeeping_place=None, event_id=None, event_type=None,
    copy=False, possible_duplicate=False,
)  # fmt: skip


def reader(feed: str) -> Reader:
    return Reader(name=feed, version="1", profile_sha256=None)


def tell(
    world: World, instrument: str | None, said: Confirmation, *, sender: str = "", feed: str = ""
) -> None:
    """Send a confirmation as its custodian does."""
    at_broker = said.servicer == house.BROKER
    world.send(
        said.kind,
        sender or ("broker" if at_broker else "chase"),
        instrument,
        said,
        reader=reader(feed or (house.BROKER_FEED if at_broker else house.FEED)),
    )


def movement(world: World, random: Random, instrument: str, quantity: str, **fields: Any) -> Confirmation:
    """Return a receipt that happened: numbered by its custodian, and remembered to be told again."""
    number = len(world.memory.setdefault("movements", []))
    at_broker = random.random() < 0.3 and "account" not in fields
    said = replace(
        PLAIN,
        servicer=house.BROKER if at_broker else house.SERVICER,
        account=house.AT_BROKER if at_broker else house.BACKING,
        security=Security(scheme="SYMBOL", id=instrument)
        if at_broker
        else Security(scheme="ISIN", id=ISINS.get(instrument, "US4592001014")),
        quantity=quantity,
        message_id=f"M{number}",
        servicer_transaction_id=f"T{number}" if random.random() < 0.8 else None,
        market_transaction_id=f"K{number}",
    )
    said = replace(said, **fields)
    world.memory["movements"].append((instrument, said))
    return said


def settle(world: World, random: Random) -> None:
    """Settle what an open issuance waits for: all of it, a part, or more than it asked."""
    waiting = [
        (name, issuance)
        for name, found in world.instruments.items()
        for issuance in found.issuances.values()
        if issuance.missing > 0 and issuance.event.funding == "settlement"
    ]
    if not waiting:
        stray(world, random)
        return
    instrument, issuance = random.choice(waiting)
    reference, missing = issuance.event.settlement_reference, issuance.missing
    how = random.choice(("whole", "whole", "parts", "parts", "parts_untold", "more", "some"))
    if how in ("parts", "parts_untold"):
        partials(world, random, instrument, reference, missing, told=how == "parts")
        return
    shares = {"whole": missing, "more": missing + amounts.parse("2.5"), "some": -(-missing // 3)}[how]
    tell(
        world,
        instrument,
        movement(world, random, instrument, amounts.text(shares), owner_transaction_id=reference),
    )


def partials(
    world: World, random: Random, instrument: str, reference: str, shares: int, *, told: bool
) -> None:
    """Settle in parts, with or without saying what settled before."""
    first = -(-shares // random.choice((2, 2, 3)))
    before, rest = 0, shares
    base = movement(world, random, instrument, amounts.text(first), owner_transaction_id=reference)
    while rest > 0:
        part = min(first, rest)
        rest -= part
        said = replace(
            base,
            quantity=amounts.text(part),
            previously_settled=amounts.text(before) if told and before else None,
            remaining=amounts.text(rest) if told else None,
            partial="PARC" if rest == 0 else "PAIN",
            message_id=f"{base.message_id}.{before}",
        )
        before += part
        world.memory["movements"].append((instrument, said))
        tell(world, instrument, said)


def stray(world: World, random: Random) -> None:
    """Settle shares that no request links."""
    instrument = random.choice(list(ISINS))
    reference = random.choice((None, f"OWN{random.randrange(10**6)}"))
    said = movement(world, random, instrument, random.choice(QUANTITIES), owner_transaction_id=reference)
    tell(world, instrument, said)


def treasury(world: World, random: Random) -> None:
    """Settle a few lots on the treasury account."""
    instrument = random.choice(list(ISINS))
    for _ in range(random.choice((1, 3, 8))):
        quantity = random.choice(QUANTITIES)
        tell(world, instrument, movement(world, random, instrument, quantity, account=house.TREASURY))


def again(world: World, random: Random) -> None:
    """Tell a movement again: the same message, a copy, another message, or other numbers."""
    told = world.memory.get("movements", [])
    if not told:
        return
    instrument, said = random.choice(told)
    number = random.randrange(10**6)
    tell(
        world,
        instrument,
        random.choice(
            (
                said,
                replace(said, message_id=f"D{number}", possible_duplicate=True),
                replace(said, copy=True),
                replace(said, message_id=f"N{number}"),
                replace(said, settled_on="2026-11-24"),
                replace(said, message_id=f"P{number}", previously_settled=said.quantity),
            )
        ),
    )


def immaterial(world: World, random: Random) -> None:
    """Tell true movements that make no lot, and some that nobody may tell."""
    instrument = random.choice(list(ISINS))
    said = movement(world, random, instrument, random.choice(QUANTITIES))
    match random.choice(
        ("financing", "corporate", "event", "other", "feed", "sender", "account", "servicer")
    ):
        case "financing":
            moved = random.choice(("receive", "receive", "receive", "deliver"))
            kind = random.choice(("SECL", "REPU", "COLI"))
            tell(world, instrument, replace(said, transaction_type=kind, movement=moved))
        case "corporate":
            moved = random.choice(("receive", "receive", "receive", "deliver"))
            tell(world, instrument, replace(said, transaction_type="CORP", movement=moved))
        case "event":
            tell(world, instrument, replace(said, event_id="DIV1", event_type="DVSE"))
        case "other":
            tell(world, instrument, movement(world, random, instrument, "3", account=house.OTHER))
        case "feed":
            tell(world, instrument, said, feed="csv")
        case "sender":
            tell(world, instrument, said, sender="mallory")
        case "account":
            tell(world, instrument, replace(said, account="NOBODY-1"))
        case _:
            tell(world, instrument, replace(said, servicer=None))


def misdirected(world: World, random: Random) -> None:
    """Tell a movement to the wrong book, under the wrong name, or of something that is not tokenized."""
    instrument, other = random.sample(list(ISINS), 2)
    said = movement(world, random, instrument, "5", account=house.BACKING)
    unknown = replace(said, security=Security(scheme="ISIN", id="US4592001014"))
    match random.choice(("name", "book", "unknown", "no_references", "zero", "absurd")):
        case "name":
            tell(world, other, said)
        case "book":
            data = world.message("settlement_confirmed", "chase", instrument, said, reader=reader(house.FEED))
            wrong = (world.partition(instrument) + 1) % world.setting.partitions
            world.append("chase", inbox_stream(CUSTODY, wrong), [data])
        case "unknown":
            tell(world, None, unknown)
        case "no_references":
            nameless = replace(said, servicer_transaction_id=None, market_transaction_id=None)
            tell(world, instrument, nameless)
        case "zero":
            tell(world, instrument, replace(said, quantity="0"))
        case _:
            # Each can be written, their sum cannot: deciding it raises.
            tell(world, instrument, replace(said, quantity="9" * 38, previously_settled="9" * 38))


def delivery(world: World, random: Random) -> None:
    """Shares leave, and nobody here instructed it: some anew, some as the reclaim of a receipt."""
    instrument = random.choice(list(ISINS))
    told = world.memory.get("movements", [])
    received = [(name, said) for name, said in told if said.movement == "receive"]
    if received and random.random() < 0.3:
        instrument, said = random.choice(received)
        reclaim = replace(said, movement="deliver", message_id=f"R{random.randrange(10**6)}")
        world.memory["movements"].append((instrument, reclaim))
        tell(world, instrument, reclaim)
        return
    quantity = random.choice(("2", "0.5", "30", "400", "1000"))
    tell(world, instrument, movement(world, random, instrument, quantity, movement="deliver"))


def undo(world: World, random: Random) -> None:
    """Reverse a movement, or withdraw what was said of it: as it was told, early, wrongly or twice."""
    told = world.memory.get("movements", [])
    if not told:
        return
    linked = [each for each in told if each[1].owner_transaction_id is not None]
    instrument, said = random.choice(random.choice((told[-40:], linked or told)))
    kind = random.choice(UNDOINGS)
    named = random.random() < 0.4
    undoing = replace(
        said,
        kind=kind,
        message_id=f"U{random.randrange(10**6)}",
        previous_confirmation_id=said.message_id if named else None,
        quantity=said.quantity if random.random() < 0.9 else "0.25",
    )
    if random.random() < 0.1:
        undoing = replace(undoing, servicer_transaction_id=None, market_transaction_id=None)
        undoing = replace(undoing, owner_transaction_id=None, previous_confirmation_id=None)
    tell(world, instrument, undoing)
    if random.random() < 0.3:
        again = random.choice((undoing, replace(undoing, message_id="U", possible_duplicate=True)))
        tell(world, instrument, random.choice((again, replace(again, message_id="V"))))


def undo_delivery(world: World, random: Random) -> None:
    """Undo a delivery, and at times tell of it once more, which may be another one by then."""
    told = world.memory.get("movements", [])
    left = [each for each in told if each[1].movement == "deliver"][-8:]
    if not left:
        delivery(world, random)
        return
    instrument, said = random.choice(left)
    kind = random.choice(UNDOINGS)
    tell(world, instrument, replace(said, kind=kind, message_id=f"W{random.randrange(10**6)}"))
    if random.random() < 0.4:
        tell(world, instrument, replace(said, message_id=f"X{random.randrange(10**6)}"))


def settle_late(world: World, random: Random) -> None:
    """Tell of a reversal first, and of the movement that it undoes afterwards."""
    instrument = random.choice(list(ISINS))
    said = movement(world, random, instrument, random.choice(QUANTITIES))
    tell(world, instrument, replace(said, kind="settlement_reversed", message_id=f"{said.message_id}R"))
    tell(world, instrument, said)


def settle_again(world: World, random: Random) -> None:
    """Settle what was reversed, under the reference that it had."""
    short = [(name, list(found.short)) for name, found in world.instruments.items() if found.short.total()]
    if not short:
        undo(world, random)
        return
    instrument, references = random.choice(short)
    shares = world.instruments[instrument].deficit or 10**18
    quantity = amounts.text(random.choice((shares, -(-shares // 2), shares + 10**18)))
    reference = random.choice(references)
    tell(
        world,
        instrument,
        movement(world, random, instrument, quantity, owner_transaction_id=reference),
    )


def unread(world: World, random: Random) -> None:
    """Readers say that something moves nothing, or that it cannot be read."""
    if random.random() < 0.5:
        code = random.choice(reading_codes(InformationCode))
        body = InformationReceived(dialect="sese.024", reason=Reason(code=code, text="as read", where=None))
        world.send("information_received", "chase", None, body, reader=reader(house.FEED))
        return
    code = random.choice(reading_codes(ParkedCode))
    parked = EvidenceParked(dialect=None, reason=Reason(code=code, text="as read", where="line 1"))
    world.send("evidence_parked", "chase", random.choice((None, "AAPL")), parked, reader=reader(house.FEED))
