"""The reader of our own JSON dialects, `tallystick.request` and `tallystick.operator` (schemas.dialects).

    dialect              type          becomes the message
    tallystick.request   issuance      issuance_requested
    tallystick.request   redemption    redemption_requested
    tallystick.request   cancellation  cancellation_requested
    tallystick.operator  proposal      order_proposed
    tallystick.operator  confirmation  order_confirmed

It moves no shares by itself, so it reads as information; `submit` appends the message in `order`.
"""

import json
from functools import cache
from typing import Any, NoReturn

from pydantic import TypeAdapter, ValidationError

from schemas.confirmation import ReadingCode, Reason
from schemas.dialects import (
    DIALECTS,
    CancellationFile,
    ConfirmationFile,
    IssuanceFile,
    ProposalFile,
    RedemptionFile,
)
from schemas.envelope import first_error
from schemas.messages import (
    CancellationRequested,
    IssuanceRequested,
    OrderConfirmed,
    OrderProposed,
    RedemptionRequested,
)
from workers.ingest.profiles import Profiles
from workers.ingest.reading import Order, Reading, Unreadable

NAME = "tallystick"
VERSION = "1"

_TEXTS = {
    "issuance": "A client's request to issue tokens.",
    "redemption": "A client's request to redeem tokens.",
    "cancellation": "A client's cancellation of its request.",
    "proposal": "An operator's order; it takes effect when a second operator confirms it.",
    "confirmation": "A second operator's confirmation of an order.",
}


def recognises(value: dict[str, Any]) -> bool:
    """Return whether the object says that it is of our dialects."""
    dialect = value.get("dialect")
    return isinstance(dialect, str) and dialect.startswith("tallystick.")


def read(value: dict[str, Any], *, profiles: Profiles, lenient: bool) -> list[Reading]:
    """Return the one reading of an object; `Unreadable` names the first field that is wrong."""
    del profiles, lenient  # our own dialects need neither
    key = (str(value.get("dialect")), str(value.get("type")))
    cls = DIALECTS.get(key)
    if cls is None:
        known = ", ".join(f"{dialect} {kind}" for dialect, kind in DIALECTS)
        raise Unreadable("unknown_message_type", f"{key[0]} {key[1]} is none of: {known}.", "type")
    try:
        file = _adapter(cls).validate_json(json.dumps(value, default=_no_number))
    except ValidationError as error:
        raise _unreadable(error) from error
    return [
        Reading(
            outcome="information",
            reader=NAME,
            reader_version=VERSION,
            dialect=key[0],
            reason=Reason(code="instruction", text=_TEXTS[key[1]], where=None),
            order=_order(file),
        )
    ]


def _order(file: Any) -> Order:  # noqa: ANN401 - one of DIALECTS
    if isinstance(file, IssuanceFile):
        return IssuanceRequested(
            client=file.client,
            client_request_id=file.client_request_id,
            instrument=file.instrument,
            shares=file.shares,
            chain=file.chain,
            wallet=file.wallet,
            funding=file.funding,
            partial=file.partial,
        )
    if isinstance(file, RedemptionFile):
        return RedemptionRequested(
            client=file.client,
            client_request_id=file.client_request_id,
            instrument=file.instrument,
            units=file.units,
            chain=file.chain,
            wallet=file.wallet,
            details=file.details,
        )
    if isinstance(file, CancellationFile):
        return CancellationRequested(
            client=file.client,
            client_request_id=file.client_request_id,
            instrument=file.instrument,
            kind=file.kind,
        )
    if isinstance(file, ProposalFile):
        return OrderProposed(operator=file.operator, order_id=file.id, order=file.order)
    assert isinstance(file, ConfirmationFile), "DIALECTS has no sixth"
    return OrderConfirmed(
        operator=file.operator, proposer=file.proposer, order_id=file.id, instrument=file.instrument
    )


def _unreadable(error: ValidationError) -> Unreadable:
    found = error.errors(include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in found["loc"]) or None
    code: ReadingCode = "missing_field" if found["type"] == "missing" else "malformed"
    return Unreadable(code, f"{first_error(error)}.", where)


def _no_number(value: object) -> NoReturn:
    raise Unreadable("malformed", f"The number {value} must be written as a string.")


@cache
def _adapter(cls: type) -> TypeAdapter[Any]:
    return TypeAdapter(cls)
