"""sese.026, SecuritiesSettlementTransactionReversalAdvice, versions 08 to 12 of variant 001.

They were published with versions 09 to 13 of sese.025 and restate what is undone in its fields. The standard
gives no reason for a reversal and no links; in their place stands `ConfRef`, the servicer's id of the
confirmation that is undone.
"""

from collections.abc import Sequence
from typing import Final

from schemas.confirmation import Confirmation, Reason
from workers.ingest.iso20022 import fields, reversed_movement, settlement
from workers.ingest.iso20022.header import Header
from workers.ingest.iso20022.settlement import Table
from workers.ingest.iso20022.settlement_fields import OTHER_REFERENCES, Field
from workers.ingest.profiles import Profiles
from workers.ingest.xml_tree import Element

ELEMENT: Final = "SctiesSttlmTxRvslAdvc"
VERSIONS: Final = range(8, 13)


def _confirmation_id(elements: Sequence[Element], where: str) -> str | None:
    """Return the id, which versions 08 and 09 wrap in `Id` (Identification14) and later ones do not."""
    wrapped = [one for element in elements if element.value is None for one in element.find("Id")]
    bare = [element for element in elements if element.value is not None or not element.find("Id")]
    return fields.reference([*wrapped, *bare], where)


# A sender that repeats `PrvsPrtlConfId` of the confirmation names the part before the one that is undone.
TABLE: Final = Table(
    ELEMENT,
    own=(Field("previous", "ConfRef", _confirmation_id, "the confirmation that is undone"),),
    references=(*OTHER_REFERENCES, "AddtlParams/PrvsPrtlConfId"),
)


def read(
    body: Element, header: Header, *, profiles: Profiles, lenient: bool, warnings: list[str]
) -> Confirmation | Reason:
    """Return what is undone, or why nothing is; `body` is `SctiesSttlmTxRvslAdvc`."""
    stated = settlement.statement(body, TABLE)
    if isinstance(stated, Reason):
        return stated
    profile = profiles.of_account(stated.required("account"))
    undone = reversed_movement.undone(stated, header, None if profile is None else profile.reversals)
    return settlement.confirmation(
        "settlement_reversed",
        stated,
        header,
        movement=undone.movement,
        parties_of=undone.parties_of,
        profile=profile,
        lenient=lenient,
        warnings=warnings,
    )
