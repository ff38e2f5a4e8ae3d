"""Ids that we make: functions of facts, never random, so that deciding again gives the same."""

import base64

from schemas import canonical


def derive(kind: str, *facts: str | int) -> str:
    """Return the id of a thing of this kind: SHA-256 over the canonical JSON of kind and facts."""
    return canonical.digest(canonical.encode([kind, *facts]))


def settlement_reference(process: str, attempt: int) -> str:
    """Return 16 characters A-Z 2-7 for an issuance or redemption; `attempt` goes on where one is taken."""
    seed = bytes.fromhex(derive("settlement_reference", process, attempt))
    return base64.b32encode(seed[:10]).decode()


def sighting_id(chain: str, transaction: str, index: int) -> str:
    """Return the id of one final event of a chain that nobody here caused."""
    return derive("sighting", chain, transaction, index)


def mint_id(
    *, issuance: str, part: int, attempt: int, chain: str, token: str, recipient: str, units: str
) -> str:
    """Return the guard's key: everything that is minted, but neither account nor deadline."""
    return derive("mint", issuance, part, attempt, chain, token, recipient, units)


def burn_id(*, redemption: str, attempt: int, chain: str, token: str, units: str) -> str:
    """Return the guard's key: everything that is burned, but neither account nor deadline."""
    return derive("burn", redemption, attempt, chain, token, units)


def transfer_id(*, cause: str, attempt: int, chain: str, token: str, recipient: str, units: str) -> str:
    """Return the guard's key: everything that is sent, but neither account nor deadline."""
    return derive("transfer", cause, attempt, chain, token, recipient, units)
