"""What goes wrong in the demo's day: shares that are taken back, and a delivery that nobody instructed."""

from dataclasses import dataclass, field, replace
from random import Random

from schemas import canonical
from schemas.dialects import IssuanceFile
from workers.core.ids import derive, settlement_reference
from workers.demo.custodian import told
from workers.demo.market import CHAINS, CLIENTS, CUSTODIANS, INSTRUMENTS, WITHOUT_TREASURY, address
from workers.demo.movement import Movement

Delivery = tuple[str, bytes]
"""Sender and bytes."""

STOPPED, CONGESTED = INSTRUMENTS[0], "mantle"
"""The instrument whose mints are asked back, and the chain that they wait on."""


@dataclass(slots=True)
class Mishaps:
    """Requests and settlements that are reversed after their mints, what settles again, what covers the rest.

    `stopped` are treasury issuances on a congested chain; `surprise` is a delivery of their instrument that
    nobody instructed: its hold asks their mints back.
    """

    requests: list[Delivery] = field(default_factory=list)
    settlement: list[Delivery] = field(default_factory=list)
    reversals: list[Delivery] = field(default_factory=list)
    resettlement: list[Delivery] = field(default_factory=list)
    purchase: list[Delivery] = field(default_factory=list)
    stopped: list[Delivery] = field(default_factory=list)
    surprise: list[Delivery] = field(default_factory=list)


def make_mishaps(chance: Random) -> Mishaps:
    """Return the day's mishaps."""
    mishaps = Mishaps()
    isin = next(isin for name, _, isin, _ in INSTRUMENTS if name == WITHOUT_TREASURY)
    for number, custodian in enumerate((CUSTODIANS[0], CUSTODIANS[2]), 1):
        request = _request(f"reversed-{number}", WITHOUT_TREASURY, "40", chance, funding="settlement")
        movement = Movement(
            custodian=custodian,
            account=custodian.backing,
            isin=isin,
            quantity="40",
            message_id=f"REV{custodian.bic}{number}",
            transaction=f"REV{number:06d}",
            reference=_reference(request),
        )
        sender = custodian.name
        mishaps.requests.append((request.client, canonical.encode(request)))
        mishaps.settlement.append((sender, told(movement, chance)))
        mishaps.reversals.append((sender, told(movement.reversed(), chance)))
        if number == 1:  # the other shares never come back: the treasury covers them
            mishaps.resettlement.append((sender, told(movement.settled_again(), chance)))
    mishaps.purchase.append(_purchase(isin, chance))
    for number in (1, 2):
        request = _request(f"stopped-{number}", STOPPED[0], "10", chance, funding="treasury", chain=CONGESTED)
        mishaps.stopped.append((request.client, canonical.encode(request)))
    mishaps.surprise.append(_surprise(chance))
    return mishaps


def _surprise(chance: Random) -> Delivery:
    custodian, isin = CUSTODIANS[1], STOPPED[2]
    delivery = Movement(
        custodian=custodian,
        account=custodian.backing,
        isin=isin,
        quantity="3",
        message_id=f"OUT{custodian.bic}",
        transaction="OUT000001",
        reference=None,
        direction="DELI",
    )
    return custodian.name, told(delivery, chance)


def _purchase(isin: str, chance: Random) -> Delivery:
    custodian = CUSTODIANS[0]
    movement = Movement(
        custodian=custodian,
        account=custodian.treasury,
        isin=isin,
        quantity="100",
        message_id=f"BUY{custodian.bic}",
        transaction="BUY000001",
        reference=None,
    )
    return custodian.name, told(replace(movement, day="2026-11-24"), chance)


def _request(
    number: str, instrument: str, shares: str, chance: Random, *, funding: str, chain: str | None = None
) -> IssuanceFile:
    client, chain = chance.choice(CLIENTS), chain or chance.choice(list(CHAINS))
    return IssuanceFile(
        dialect="tallystick.request",
        v=1,
        type="issuance",
        client=client,
        client_request_id=number,
        instrument=instrument,
        shares=shares,
        chain=chain,
        wallet=address(client, chain),
        funding="treasury" if funding == "treasury" else "settlement",
    )


def _reference(request: IssuanceFile) -> str:
    issuance = derive("issuance", request.client, request.instrument, request.client_request_id)
    return settlement_reference(issuance, 0)
