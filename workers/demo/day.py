"""The day's script: who sends what, in which order, all of it a function of the seed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from schemas import canonical
from schemas.dialects import ConfirmationFile, IssuanceFile, ProposalFile
from workers.core.ids import derive, settlement_reference
from workers.demo.custodian import told
from workers.demo.market import (
    BARRED_CLIENT,
    CHAINS,
    CLIENTS,
    CUSTODIANS,
    INSTRUMENTS,
    WITHOUT_TREASURY,
    Custodian,
    address,
    terms,
    wallets,
)
from workers.demo.mishaps import Delivery, Mishaps, make_mishaps
from workers.demo.movement import Movement


@dataclass(slots=True)
class Day:
    """What is sent before the market opens, in the morning, and while custodians settle."""

    house: list[Delivery] = field(default_factory=list)
    treasury: list[Delivery] = field(default_factory=list)
    requests: list[Delivery] = field(default_factory=list)
    settlement: list[Delivery] = field(default_factory=list)
    mishaps: Mishaps = field(default_factory=Mishaps)


def make_day(seed: int, *, issuances: int = 300) -> Day:
    """Return the day of this seed."""
    chance = Random(seed)  # noqa: S311 - a day is made again from its seed
    day = Day()
    groups: tuple[Sequence[object], ...] = (terms(), wallets())
    for group, house_rules in enumerate(groups, 1):
        orders = [_proposal(f"house-{group}-{number}", rule) for number, rule in enumerate(house_rules, 1)]
        day.house.append(("desk", _lines(orders)))
        day.house.append(("desk", _lines([_confirmation(each.id) for each in orders])))
    day.treasury = [(each.custodian.name, told(each, chance)) for each in _treasury(chance)]
    for number in range(1, issuances + 1):
        _issue(day, number, chance)
    day.requests += _hopeless_requests(chance)
    day.settlement += _noise(chance)
    day.mishaps = make_mishaps(chance)
    day.requests += day.mishaps.requests
    day.settlement += day.mishaps.settlement
    chance.shuffle(day.settlement)
    return day


def order_pair(order_id: str, order: Any, instrument: str) -> list[Delivery]:  # noqa: ANN401 - any order
    """Return the two files of an order about one instrument: alice proposes, bob confirms."""
    return [
        ("desk", canonical.encode(_proposal(order_id, order))),
        ("desk", canonical.encode(_confirmation(order_id, instrument))),
    ]


def _issue(day: Day, number: int, chance: Random) -> None:
    """Add one issuance: its request, and what the custodian will send for it."""
    instrument, _, isin, _ = chance.choice(INSTRUMENTS[:-1])
    client, chain = chance.choice(CLIENTS), chance.choice(list(CHAINS))
    shares = chance.choice((5, 10, 25, 40, 100, 250))
    treasury = chance.random() < 0.15  # noqa: PLR2004 - about one in seven
    request = IssuanceFile(
        dialect="tallystick.request",
        v=1,
        type="issuance",
        client=client,
        client_request_id=f"req-{number:04d}",
        instrument=instrument,
        shares=str(shares),
        chain=chain,
        wallet=address(client, chain),
        funding="treasury" if treasury else "settlement",
        partial=chance.choice(("wait", "parts")),
    )
    day.requests.append((client, canonical.encode(request)))
    if chance.random() < 0.1:  # noqa: PLR2004 - one client in ten asks twice
        day.requests.append((client, canonical.encode(request)))
    if treasury:
        return
    reference = settlement_reference(derive("issuance", client, instrument, request.client_request_id), 0)
    if chance.random() < 0.03:  # noqa: PLR2004 - these shares have not arrived by the end of the day
        return
    for movement in _movements(number, isin, shares, reference, chance):
        _send(day, movement, chance)


def _movements(number: int, isin: str, shares: int, reference: str, chance: Random) -> list[Movement]:
    """Return the settlement of one issuance: whole or in partials, sometimes without its reference."""
    custodian = chance.choice(CUSTODIANS)
    unlinked = chance.random() < 0.08  # noqa: PLR2004 - the custodian forgot our reference
    parts = [shares] if shares < 20 or chance.random() < 0.6 else [shares * 2 // 5, shares - shares * 2 // 5]  # noqa: PLR2004
    settled = 0
    movements: list[Movement] = []
    for part in parts:
        movements.append(
            Movement(
                custodian=custodian,
                account=custodian.backing,
                isin=isin,
                quantity=str(part),
                message_id=f"{custodian.bic}{number:06d}{len(movements)}",
                # A journal is whole: a broker books each part under an id of its own.
                transaction=f"T{number:08d}{len(movements) if custodian.dialect == 'alpaca' else ''}",
                reference=None if unlinked else reference,
                previously_settled=str(settled) if len(parts) > 1 else None,
                remaining=str(shares - settled - part) if len(parts) > 1 else None,
            )
        )
        settled += part
    return movements


def _send(day: Day, movement: Movement, chance: Random) -> None:
    sender = movement.custodian.name
    data = told(movement, chance)
    day.settlement.append((sender, data))
    again = 1.0 if movement.custodian.dialect == "alpaca" else chance.random()  # a journal tells of no copy
    if again < 0.12:  # noqa: PLR2004 - the network delivered it twice
        day.settlement.append((sender, data))
    elif again < 0.2:  # noqa: PLR2004 - a copy under another message id
        day.settlement.append((sender, told(movement.again(), chance)))


def _treasury(chance: Random) -> list[Movement]:
    """Return the shares that the issuer bought for itself."""
    return [
        Movement(
            custodian=custodian,
            account=custodian.treasury,
            isin=isin,
            quantity=str(chance.choice((300, 600, 900))),
            message_id=f"TRS{custodian.bic}{instrument}",
            transaction=f"TR{custodian.bic}{instrument}",
            reference=None,
        )
        for instrument, _, isin, _ in INSTRUMENTS
        if instrument != WITHOUT_TREASURY
        for custodian in chance.sample(CUSTODIANS, 2)
    ]


def _hopeless_requests(chance: Random) -> list[Delivery]:
    """Return requests that cannot stand: each is refused with its reason."""
    base = IssuanceFile(
        dialect="tallystick.request",
        v=1,
        type="issuance",
        client=CLIENTS[0],
        client_request_id="bad-0",
        instrument="AAPLx",
        shares="10",
        chain="ethereum",
        wallet=address(CLIENTS[0], "ethereum"),
    )
    fields = canonical.decode(canonical.encode(base))
    wrong: list[dict[str, str]] = [
        {"client": BARRED_CLIENT},
        {"client": "nobody"},
        {"wallet": "0xsomebody-else"},
        {"chain": "base"},
        {"instrument": "NOPEx"},
        {"shares": "0"},
        {"shares": "0.0000001", "chain": "tron", "wallet": address(CLIENTS[0], "tron")},
        {"shares": "1000000", "funding": "treasury"},
    ]
    requests = [
        fields | change | {"client_request_id": f"bad-{number}"} for number, change in enumerate(wrong, 1)
    ]
    requests.append(fields | {"client_request_id": "bad-1", "shares": str(chance.randint(11, 99))})
    return [(request["client"], canonical.encode(request)) for request in requests]


def _noise(chance: Random) -> list[Delivery]:
    """Return what else custodians send: it must move nothing, and nothing of it may be lost."""
    custodian: Custodian = CUSTODIANS[0]
    base = Movement(
        custodian=custodian,
        account=custodian.backing,
        isin=INSTRUMENTS[0][2],
        quantity="7",
        message_id="NOISE0",
        transaction="NOISE0",
        reference=None,
    )

    def like(number: int, **changes: Any) -> Delivery:  # noqa: ANN401 - any field
        values = {name: getattr(base, name) for name in Movement.__slots__} | changes
        values |= {"message_id": f"NOISE{number}"}
        values.setdefault("transaction", f"NOISE{number}")
        return custodian.name, told(Movement(**values), chance)

    good = told(base, chance)
    return [
        like(1, pre_confirmation=True, transaction="N1"),
        like(2, quantity="0", transaction="N2"),
        like(3, account="NOT-OURS", transaction="N3"),
        like(4, account=custodian.other, transaction="N4"),
        like(5, transaction_type="SECL", transaction="N5"),
        like(6, isin="US0378331006", transaction="N6"),
        like(7, isin="US4592001014", transaction="N7"),
        like(8, quantity="12", transaction=None),
        like(9, quantity="1e3", transaction="N9"),
        ("somebody-else", good),
        (custodian.name, good[: len(good) // 2]),
        (custodian.name, b"\x00\x01 not a message"),
    ]


def _proposal(order_id: str, order: Any) -> ProposalFile:  # noqa: ANN401 - any order
    return ProposalFile(
        dialect="tallystick.operator", v=1, type="proposal", operator="alice", id=order_id, order=order
    )


def _confirmation(order_id: str, instrument: str | None = None) -> ConfirmationFile:
    return ConfirmationFile(
        dialect="tallystick.operator",
        v=1,
        type="confirmation",
        operator="bob",
        proposer="alice",
        id=order_id,
        instrument=instrument,
    )


def _lines(files: list[Any]) -> bytes:
    return b"\n".join(canonical.encode(each) for each in files) + b"\n"
