"""What is kept of redemptions: what was accepted, what is on a chain's way, what is still to be delivered."""

from dataclasses import dataclass, field
from typing import Literal

from schemas.confirmation import SettledAmount
from schemas.events.redemption import RedemptionAccepted
from schemas.events.transactions import OperationKind
from workers.core.ledger.in_flight import BridgeMint
from workers.core.ledger.issued import Mint
from workers.core.ledger.rules import Rules


@dataclass(frozen=True, slots=True)
class Burn:
    """An authorized burn, not closed."""

    burn: str
    redemption: str
    attempt: int
    chain: str
    account: str
    units: int


@dataclass(frozen=True, slots=True)
class Transfer:
    """An authorized transfer out of our holding, not closed; `cause` names what is returned."""

    transfer: str
    cause: str
    attempt: int
    chain: str
    account: str
    recipient: str
    units: int


Authorized = Mint | BridgeMint | Burn | Transfer


@dataclass(frozen=True, slots=True)
class Doubled:
    """An operation that may act although its place was taken; how it closed before is not proved any more.

    `authorized` is what it was: it may find its place free when it is closed again, and that does not hold.
    """

    operation: str
    kind: OperationKind
    chain: str
    account: str
    units: int
    authorized: Authorized


@dataclass(frozen=True, slots=True)
class FinalOperation:
    """What became final, and the block that made it so, in case that does not hold.

    `attempts` counts those of a return, which is forgotten with its transfer.
    """

    operation: Burn | Transfer | Doubled
    transaction: str
    block_height: int
    block_hash: str
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Finality:
    """What a chain said of an operation before that had its place, in the words of a message that says so."""

    chain: str
    units: str
    transaction: str
    block_height: int
    block_hash: str


@dataclass(slots=True)
class Return:
    """Units that are to go back, until they are: a redemption's rest, or tokens that nobody announced.

    `transfer` names the one that is on its way; `attempts` counts those that were authorized.
    """

    chain: str
    recipient: str
    units: int
    attempts: int = 0
    transfer: str | None = None


@dataclass(slots=True)
class Instruction:
    """An instructed delivery, and the shares that are `left` to deliver; a cancelled one links nothing."""

    delivery: str
    redemption: str
    reference: str
    place: tuple[str, str]
    left: int
    instructed_at: str
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """What one confirmed delivery took of an instruction, and was paid."""

    redemption: str
    delivery: str
    shares: int
    proceeds: SettledAmount | None


@dataclass(slots=True)
class Redemption:
    """An accepted redemption, kept for good: a delivery can be reversed after its completion.

    One that `ended` burns nothing, and gives its tokens back. `burn` names the one that is on its way,
    `burned` counts the shares that a final one promised, `to_instruct` those of them that no standing
    instruction covers, `return_attempts` the transfers that were authorized.
    """

    terms: RedemptionAccepted
    units: int
    burn_units: int
    increment: int
    stage: Literal["accepted", "received", "burned", "completed", "ended"] = "accepted"
    burn: str | None = None
    burn_attempts: int = 0
    return_attempts: int = 0
    burned: int = 0
    to_instruct: int = 0
    deliveries: list[str] = field(default_factory=list)
    settled: dict[str, None] = field(default_factory=dict)

    @property
    def wants_burn(self) -> bool:
        """Return whether its tokens are there, and nothing burns them."""
        return self.stage == "received" and self.burn is None

    @property
    def wants_delivery(self) -> bool:
        """Return whether its burn is final, and some of what that promised is not instructed."""
        return self.stage == "burned" and self.to_instruct > 0


Want = Literal["burn", "return", "delivery"]


def wanted(rules: Rules, redemption: Redemption | None, returned: Return | None) -> list[Want]:
    """Return what is to be authorized or instructed of them, and no hold of the house covers."""
    wants: list[Want] = []
    client = None if redemption is None else redemption.terms.client
    if redemption is not None and redemption.wants_burn and not _is_held(rules, redemption):
        wants.append("burn")
    if returned is not None and returned.transfer is None:
        wallet = (returned.chain, returned.recipient)
        if not rules.covering(chain=returned.chain, client=client, wallet=wallet):
            wants.append("return")
    if redemption is not None and redemption.wants_delivery and not _is_delivery_held(rules, redemption):
        wants.append("delivery")
    return wants


def _is_delivery_held(rules: Rules, redemption: Redemption) -> bool:
    place = (redemption.terms.servicer, redemption.terms.account)
    return place in rules.held_accounts() or _is_held(rules, redemption)


def _is_held(rules: Rules, redemption: Redemption) -> bool:
    terms = redemption.terms
    wallet = (terms.chain, terms.wallet)
    return bool(rules.covering(chain=terms.chain, client=terms.client, wallet=wallet))
