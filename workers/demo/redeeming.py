"""The demo's redemption: a client sends tokens back, they are burned, shares are delivered in two parts."""

from dataclasses import dataclass
from random import Random

from schemas import amounts, canonical
from schemas.dialects import IssuanceFile, RedemptionFile
from schemas.house import RegisterDeliveryDetails
from workers.chains.simulated.acts import Send
from workers.core.ledger.redeeming import Instruction
from workers.demo.custodian import told
from workers.demo.market import CHAINS, CLIENTS, CUSTODIANS, INSTRUMENTS, address
from workers.demo.mishaps import Delivery
from workers.demo.movement import Movement

CLIENT, CHAIN, CUSTODIAN = CLIENTS[0], "ethereum", CUSTODIANS[0]
INSTRUMENT, _, ISIN, _ = INSTRUMENTS[10]
UNITS = "12.5"
DETAILS = "depot"


@dataclass(frozen=True, slots=True)
class Redeeming:
    """The tokens that are issued first, the request to redeem some of them, and the holder's transfer."""

    issuance: Delivery
    request: Delivery
    transfer: Send


def delivery_details() -> RegisterDeliveryDetails:
    """Return where the client's shares go."""
    return RegisterDeliveryDetails(
        client=CLIENT,
        details=DETAILS,
        kind="in_kind",
        servicer=CUSTODIAN.bic,
        account=CUSTODIAN.backing,
        counterparty="ATLSUS33",
        counterparty_account="ATLAS-0099",
        increment="1",
    )


def make_redeeming() -> Redeeming:
    """Return the redemption."""
    issuance = IssuanceFile(
        dialect="tallystick.request",
        v=1,
        type="issuance",
        client=CLIENT,
        client_request_id="to-be-redeemed",
        instrument=INSTRUMENT,
        shares="20",
        chain=CHAIN,
        wallet=address(CLIENT, CHAIN),
        funding="treasury",
    )
    request = RedemptionFile(
        dialect="tallystick.request",
        v=1,
        type="redemption",
        client=CLIENT,
        client_request_id="redemption-1",
        instrument=INSTRUMENT,
        units=UNITS,
        chain=CHAIN,
        wallet=address(CLIENT, CHAIN),
        details=DETAILS,
    )
    transfer = Send(
        holder=address(CLIENT, CHAIN),
        token=f"{INSTRUMENT}@{CHAIN}",
        base_amount=str(amounts.base_amount(amounts.parse(UNITS), CHAINS[CHAIN])),
        recipient=f"{CHAIN}-1",
    )
    return Redeeming((CLIENT, canonical.encode(issuance)), (CLIENT, canonical.encode(request)), transfer)


def deliveries(instruction: Instruction, chance: Random) -> list[Delivery]:
    """Return what the custodian confirms of an instructed delivery: two parts."""
    whole = instruction.left
    first = whole // amounts.ONE // 2 * amounts.ONE or whole
    parts = [first, whole - first] if whole > first else [whole]
    return [
        (CUSTODIAN.name, told(_delivery(instruction, parts, number), chance)) for number in range(len(parts))
    ]


def _delivery(instruction: Instruction, parts: list[int], number: int) -> Movement:
    return Movement(
        custodian=CUSTODIAN,
        account=CUSTODIAN.backing,
        isin=ISIN,
        quantity=amounts.text(parts[number]),
        message_id=f"DLV{CUSTODIAN.bic}{number}",
        transaction="DLV000001",
        reference=instruction.reference,
        previously_settled=amounts.text(sum(parts[:number])),
        remaining=amounts.text(sum(parts[number + 1 :])),
        direction="DELI",
    )
