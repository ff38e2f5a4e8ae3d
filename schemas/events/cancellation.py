"""Events of cancellation: a client takes a request back, as far as nothing of it is final."""

from dataclasses import dataclass
from typing import Literal

from schemas.identifiers import Digest, Name, Text
from schemas.tagged import STRICT, tagged

CancellationRefusalCode = Literal[
    "time_jump",
    "issuance_unknown",
    "issuance_over",
    "redemption_unknown",
    "redemption_over",
    "tokens_received",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationRefusal:
    """Why we said no, with the numbers.

    time_jump: seconds ahead, and allowed. The others name the request id in `needed`: issuance_over and
    redemption_over were completed, closed or expired, issuance_unknown and redemption_unknown say no more of
    another client's request than of none. tokens_received: they are here, and are burned.
    """

    __pydantic_config__ = STRICT

    code: CancellationRefusalCode
    needed: Text
    available: Text | None


@tagged()
class IssuanceCancelled:
    """Its reserved lots go back at once, its open mints are recalled; what becomes final anyway stands."""

    issuance: Digest
    instrument: Name


@tagged()
class RedemptionCancelled:
    """Its client sends no tokens: what arrives is parked."""

    redemption: Digest
    instrument: Name


@tagged()
class CancellationRefused:
    """We said no; the issuance or redemption (`process`), if there is one, is as it was."""

    process: Digest
    instrument: Name
    client: Name
    client_request_id: Text
    refusal: CancellationRefusal


@tagged()
class CancellationRepeated:
    """The same cancellation again: the issuance or redemption (`process`) was cancelled before."""

    process: Digest
