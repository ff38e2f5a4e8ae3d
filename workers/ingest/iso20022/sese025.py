"""sese.025, SecuritiesSettlementTransactionConfirmation, versions 09 to 13 of variant 001.

Its fields stand in the tables of `settlement_fields`, and in the one below.
"""

from typing import Final, cast

from schemas.confirmation import Confirmation, Reason
from workers.ingest.iso20022 import fields, settlement
from workers.ingest.iso20022.header import Header
from workers.ingest.iso20022.settlement import Table
from workers.ingest.iso20022.settlement_fields import Field, Movement
from workers.ingest.profiles import Profiles
from workers.ingest.xml_tree import Element

ELEMENT: Final = "SctiesSttlmTxConf"
VERSIONS: Final = range(9, 14)
TABLE: Final = Table(
    ELEMENT,
    own=(
        Field("previous", "AddtlParams/PrvsPrtlConfId", fields.reference, "confirmation of the part before"),
    ),
)


def read(
    body: Element, header: Header, *, profiles: Profiles, lenient: bool, warnings: list[str]
) -> Confirmation | Reason:
    """Return what the confirmation says, or why it proves no movement; `body` is `SctiesSttlmTxConf`."""
    stated = settlement.statement(body, TABLE)
    if isinstance(stated, Reason):
        return stated
    account = stated.required("account")
    movement = cast("Movement", stated.required("movement"))
    return settlement.confirmation(
        "settlement_confirmed",
        stated,
        header,
        movement=movement,
        parties_of=movement,
        profile=profiles.of_account(account),
        lenient=lenient,
        warnings=warnings,
    )
