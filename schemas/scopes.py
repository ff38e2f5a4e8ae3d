"""What a hold of the house stops: scopes wider than one instrument, as data.

A hold on one instrument needs no scope: it lives in the instrument's own book.
"""

from typing import Annotated

from pydantic import Field

from schemas.identifiers import Name, Text
from schemas.tagged import tagged


@tagged()
class Everything:
    """Every instrument, chain and client."""


@tagged()
class OnChain:
    """Whatever acts on one chain."""

    chain: Name


@tagged()
class OnLane:
    """What goes from one chain to another, in this direction."""

    source: Name
    destination: Name


@tagged()
class OnClient:
    """What is done for one client."""

    client: Name


@tagged()
class OnWallet:
    """What goes to, or comes from, one address on one chain."""

    chain: Name
    address: Text


@tagged()
class OnCustodyAccount:
    """Shares on one account: they are neither reserved, nor drawn from treasury, nor minted from."""

    servicer: Text
    account: Text


Scope = Annotated[
    Everything | OnChain | OnLane | OnClient | OnWallet | OnCustodyAccount,
    Field(discriminator="type"),
]
