"""What a transaction of the simulated chain does.

Operations belong to signing accounts and use up the guard of their id. Holders send, burn and bridge out what
they hold, with no guard: whoever signs twice does it twice.
"""

import msgspec

from schemas.events.transactions import OperationKind


class Mint(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="mint", tag_field="kind"
):
    """Mint `base_amount` (decimal digits, smallest units) not after the block timestamp `deadline`."""

    operation: str
    token: str
    recipient: str
    base_amount: str
    deadline: int


class Burn(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="burn", tag_field="kind"
):
    """Burn what the signing account itself holds, not after the block timestamp `deadline`."""

    operation: str
    token: str
    base_amount: str
    deadline: int


class Transfer(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="transfer", tag_field="kind"
):
    """Send what the signing account itself holds, not after the block timestamp `deadline`."""

    operation: str
    token: str
    recipient: str
    base_amount: str
    deadline: int


class Cancel(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="cancel", tag_field="kind"
):
    """Use up an operation id's guard without an effect."""

    operation: str


class Deploy(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="deploy", tag_field="kind"
):
    """Make a token known, with a supply of zero."""

    token: str


class Send(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="send", tag_field="kind"
):
    """Send what the holder has to any address, so also to a signing account's."""

    token: str
    recipient: str
    base_amount: str


class HolderBurn(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="holder_burn", tag_field="kind"
):
    """Burn what the holder has."""

    token: str
    base_amount: str


class BridgeOut(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="bridge_out", tag_field="kind"
):
    """Burn what the holder has, naming a chain and a recipient there; the chain checks neither."""

    token: str
    base_amount: str
    destination: str
    recipient: str


Operation = Mint | Burn | Transfer
HolderAction = Send | HolderBurn | BridgeOut
Action = Operation | Cancel | Deploy | HolderAction

KINDS: dict[type, OperationKind] = {Mint: "mint", Burn: "burn", Transfer: "transfer"}
"""What an operation's guard says of it."""
