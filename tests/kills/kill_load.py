"""What is laid in while a worker is killed: requests, their settlement, copies, repetitions and noise.

Everything is a function of the seed, and what must come of it is kept beside it: `movements` says how many
shares each movement brings, however often it is told.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from schemas import canonical
from schemas.dialects import IssuanceFile
from workers.core.ids import derive, settlement_reference
from workers.demo.day import Delivery, make_day
from workers.demo.market import CHAINS, CLIENTS, CUSTODIANS, INSTRUMENTS, address
from workers.demo.movement import Movement
from workers.demo.sese import told as sese025

TELLING = tuple(each for each in CUSTODIANS if each.dialect == "iso20022")
"""Those whose messages carry the servicer's transaction id, by which the verdict knows a movement again."""

MovementKey = tuple[str, str, str, str]
"""Servicer, account, the servicer's transaction id, what had settled before."""


@dataclass(slots=True)
class Load:
    """An endless day; `name` keeps two loads on one log apart."""

    seed: int
    name: str
    movements: dict[MovementKey, str] = field(default_factory=dict)
    _number: int = 0
    _later: list[Delivery] = field(default_factory=list)

    def house(self) -> list[Delivery]:
        """Return the orders that set the house up, in the order in which they must come."""
        return make_day(self.seed, issuances=0).house

    def deliveries(self) -> Iterator[Delivery]:
        """Yield sender and bytes, for ever: each issuance first asked for, then settled, a little later."""
        chance = Random(f"{self.seed}-{self.name}")
        while True:
            kind = chance.random()
            if kind < 0.06:
                yield self._noise(chance)
            elif kind < 0.42 or not self._later:
                yield from self._issuance(chance)
            else:
                yield self._later.pop(chance.randrange(len(self._later)))

    def house_rules(self) -> int:
        """Return how many numbered rules the house orders make, genesis among them."""
        proposals = b"".join(data for _, data in self.house()).count(b'"type":"proposal"')
        return proposals + 1

    def _issuance(self, chance: Random) -> Iterator[Delivery]:
        self._number += 1
        instrument, _, isin, _ = chance.choice(INSTRUMENTS)
        client, chain = chance.choice(CLIENTS), chance.choice(list(CHAINS))
        shares = chance.choice((5, 10, 25, 40, 100))
        treasury = chance.random() < 0.1
        request = IssuanceFile(
            dialect="tallystick.request",
            v=1,
            type="issuance",
            client=client,
            client_request_id=f"{self.name}-{self._number}",
            instrument=instrument,
            shares=str(shares),
            chain=chain,
            wallet=address(client, chain),
            funding="treasury" if treasury else "settlement",
            partial=chance.choice(("wait", "parts")),
        )
        asked = (client, canonical.encode(request))
        yield asked
        if chance.random() < 0.1:
            self._later.append(asked)
        if treasury:
            self._settle(isin, (shares,), None, chance)
            return
        issuance = derive("issuance", client, instrument, request.client_request_id)
        parts = (shares,) if shares < 25 or chance.random() < 0.6 else (shares - 10, 10)
        self._settle(isin, parts, settlement_reference(issuance, 0), chance)

    def _settle(self, isin: str, parts: tuple[int, ...], reference: str | None, chance: Random) -> None:
        """Have a custodian confirm, to treasury where there is no reference, some of it more than once."""
        custodian, settled = chance.choice(TELLING), 0
        account = custodian.backing if reference else custodian.treasury
        transaction = f"{self.name}{self._number:07d}"
        for part in parts:
            movement = Movement(
                custodian=custodian,
                account=account,
                isin=isin,
                quantity=str(part),
                message_id=f"{transaction}-{settled}",
                transaction=transaction,
                reference=reference,
                previously_settled=str(settled) if len(parts) > 1 else None,
                remaining=str(sum(parts) - settled - part) if len(parts) > 1 else None,
            )
            self.movements[custodian.bic, account, transaction, str(settled)] = str(part)
            data = sese025(movement, chance)
            self._later.append((custodian.name, data))
            if chance.random() < 0.15:
                self._later.append((custodian.name, data))
            if chance.random() < 0.1:
                self._later.append((custodian.name, sese025(movement.again(), chance)))
            settled += part

    def _noise(self, chance: Random) -> Delivery:
        self._number += 1
        custodian = chance.choice(TELLING)
        movement = Movement(
            custodian=custodian,
            account=custodian.backing if chance.random() < 0.5 else "NOT-OURS",
            isin=INSTRUMENTS[0][2],
            quantity="7",
            message_id=f"{self.name}NOISE{self._number}",
            transaction=f"{self.name}N{self._number}",
            reference=None,
            pre_confirmation=True,
        )
        data = sese025(movement, chance)
        return custodian.name, chance.choice((data, data[: len(data) // 2], chance.randbytes(40)))
