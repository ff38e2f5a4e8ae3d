"""Which movement a sese.026 undoes.

`SctiesMvmntTp` says whether the movement results from a receive or a deliver instruction, so it names the
original; some servicers state the reversing movement there. A message that swaps everything cannot be told
from one that swaps nothing. What can be told is that it keeps another statement of the original:

| statement | names a receipt when |
|---|---|
| `SttldAmt/CdtDbtInd`, against payment | cash is debited |
| our account among the parties of one side | it is the receiving side |
| `Pty1` of one side alone, not the sender | it is the delivering side, the counterparty's |

One of them that differs from `SctiesMvmntTp` makes the message ambiguous, unless the profile says which
movement the servicer states there; then `SctiesMvmntTp` alone decides.
"""

from typing import Final, Literal, NamedTuple, cast

from schemas.identifiers import bic_plain
from workers.ingest.iso20022 import fields
from workers.ingest.iso20022.header import Header
from workers.ingest.iso20022.settlement import Statement
from workers.ingest.iso20022.settlement_fields import OTHER_SIDE, OWN_SIDE, Movement
from workers.ingest.reading import Unreadable

_OPPOSITE: Final[dict[Movement, Movement]] = {"receive": "deliver", "deliver": "receive"}
_BY_CASH: Final[dict[str, Movement]] = {"debit": "receive", "credit": "deliver"}
_PARTIES: Final = tuple(f"Pty{place}" for place in range(1, 6))


class Undone(NamedTuple):
    """The movement that is undone, and the movement whose sides the settlement parties give."""

    movement: Movement
    parties_of: Movement


def undone(stated: Statement, header: Header, convention: Literal["original", "reversing"] | None) -> Undone:
    """Return what is undone; `convention` is which movement the servicer's reversals state."""
    movement = cast("Movement", stated.required("movement"))
    by_parties = _by_account(stated) or _by_counterparty(stated, header)
    if convention is not None:
        original = movement if convention == "original" else _OPPOSITE[movement]
        return Undone(original, parties_of=by_parties or movement)
    by_cash = _by_cash(stated)
    if by_cash not in {None, movement}:
        raise _contradicted(stated, movement, f"settled cash that names a {by_cash}")
    if by_parties not in {None, movement}:
        raise _contradicted(stated, movement, f"settlement parties that name a {by_parties}")
    return Undone(movement, parties_of=movement)


def _by_cash(stated: Statement) -> Movement | None:
    """Return the direction of shares that move against the cash."""
    amount = stated.amount()
    if amount is None or amount.value == "0" or stated.values["payment"] != "against_payment":
        return None
    return _BY_CASH.get(amount.direction or "")


def _by_account(stated: Statement) -> Movement | None:
    """Return the direction of the one side that names our account; both name it in a transfer within it."""
    account = stated.required("account")
    sides = [movement for movement, side in OWN_SIDE.items() if account in _accounts(stated, side)]
    return sides[0] if len(sides) == 1 else None


def _accounts(stated: Statement, side: str) -> set[str]:
    paths = [f"{side}/{party}/SfkpgAcct/Id" for party in _PARTIES]
    return {
        account
        for path in paths
        for account in fields.identifiers(stated.body.find(path), f"{stated.table.root}/{path}")
    }


def _by_counterparty(stated: Statement, header: Header) -> Movement | None:
    """Return the direction in which the one side that is named is the counterparty's."""
    named = [movement for movement, side in OTHER_SIDE.items() if stated.body.find(f"{side}/Pty1")]
    if len(named) != 1:
        return None
    path = f"{OTHER_SIDE[named[0]]}/Pty1/Id/AnyBIC"
    bic = fields.stated(stated.body, path, fields.bic, stated.table.root)
    is_sender = bic is not None and bic_plain(bic) == header.sender_bic
    return None if is_sender else named[0]


def _contradicted(stated: Statement, movement: Movement, other: str) -> Unreadable:
    sentence = f"A reversal that states the movement {movement} beside {other}: which of them is undone?"
    return Unreadable("ambiguous", sentence, stated.table.where("movement"))
