"""The business application header `AppHdr`, head.001.001.01 to .04 (ISO 20022)."""

from dataclasses import dataclass

from schemas.identifiers import bic_plain
from workers.ingest.iso20022 import fields
from workers.ingest.profiles import Profile
from workers.ingest.xml_tree import Element

_ROOT = "/AppHdr"
_copy_code = fields.codes("COPY CODU DUPL")

_BIC_PATHS = ("Fr/FIId/FinInstnId/BICFI", "Fr/OrgId/Id/OrgId/AnyBIC", "Fr/OrgId/Id/OrgId/BICOrBEI")
_OTHER_SENDER_PATHS = (
    "Fr/FIId/FinInstnId/ClrSysMmbId/MmbId",
    "Fr/FIId/FinInstnId/Othr/Id",
    "Fr/FIId/FinInstnId/LEI",
    "Fr/OrgId/Id/OrgId/Othr/Id",
    "Fr/OrgId/Id/OrgId/LEI",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Who sent the message, under which id, and whether it is a copy or a possible duplicate.

    `sender_bic` is without a branch of `XXX`; `sender_id`, the sender's other id as given, stands in for it.
    """

    sender_bic: str | None
    sender_id: str | None
    message_id: str | None
    copy: bool
    possible_duplicate: bool

    def servicer(self, profile: Profile | None) -> str | None:
        """Return who speaks; `profile` is the one of the account that is spoken of."""
        if self.sender_bic is not None:
            return self.sender_bic
        return self.sender_id if profile is None else profile.name


NO_HEADER = Header(sender_bic=None, sender_id=None, message_id=None, copy=False, possible_duplicate=False)


def definition(element: Element) -> str | None:
    """Return the message definition that the header announces (`MsgDefIdr`)."""
    return fields.stated(element, "MsgDefIdr", fields.identifier, _ROOT)


def read(element: Element) -> Header:
    """Read a header. `Rltd` repeats its fields for a related message and is left alone."""
    copy = fields.stated(element, "CpyDplct", _copy_code, _ROOT)
    sender_bic = _sender_bic(element)
    possible_duplicate = fields.stated(element, "PssblDplct", fields.indicator, _ROOT)
    return Header(
        sender_bic=sender_bic,
        sender_id=None if sender_bic else _sender_id(element),
        message_id=fields.stated(element, "BizMsgIdr", fields.identifier, _ROOT),
        copy=copy in {"COPY", "CODU"},
        possible_duplicate=copy in {"DUPL", "CODU"} or bool(possible_duplicate),
    )


def _sender_bic(element: Element) -> str | None:
    found = (fields.stated(element, path, fields.bic, _ROOT) for path in _BIC_PATHS)
    return fields.only([bic_plain(bic) for bic in found if bic is not None], f"{_ROOT}/Fr")


def _sender_id(element: Element) -> str | None:
    found = (fields.stated(element, path, fields.identifier, _ROOT) for path in _OTHER_SENDER_PATHS)
    return next((sender for sender in found if sender is not None), None)
