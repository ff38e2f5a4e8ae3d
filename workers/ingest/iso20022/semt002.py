"""semt.002, SecuritiesBalanceCustodyReport, versions 03 to 12 of variant 001.

The tables are the message: paths below its element, the same in all versions that are read, but for the depth
at which a quantity stands. Parts of a balance (`BalBrkdwn`, `BalAtSfkpgPlc` and the like) are never added up.
"""

from collections.abc import Sequence
from typing import Final

from schemas.statement import Balance, Statement, StatementBasis
from workers.ingest import holdings
from workers.ingest.holdings import Page
from workers.ingest.iso20022 import fields
from workers.ingest.iso20022.header import Header
from workers.ingest.iso20022.securities import security
from workers.ingest.iso20022.settlement_fields import Field
from workers.ingest.profiles import Profiles
from workers.ingest.reading import Unreadable
from workers.ingest.xml_tree import Element

ELEMENT: Final = "SctiesBalCtdyRpt"
VERSIONS: Final = range(3, 13)
ROOT: Final = f"/Document/{ELEMENT}"
BASES: Final[dict[str, StatementBasis]] = {"SETT": "settled", "TRAD": "traded", "CONT": "contractual"}
FLAGS: Final = {"true": True, "false": False}
PAGE_CHARACTERS_MAX: Final = 5
QUANTITY_DEPTH_MAX: Final = 3
NOT_UNITS: Final = frozenset({"OrgnlAndCurFace", "Prtry"})


def _page_number(elements: Sequence[Element], where: str) -> str | None:
    """Return a page's number (Max5NumericText), which counts from 1."""
    text = fields.identifier(elements, where)
    is_number = text is None or (text.isascii() and text.isdigit() and len(text) <= PAGE_CHARACTERS_MAX)
    if not is_number or (text is not None and not int(text)):
        raise Unreadable("malformed", f"{(text or '')[:40]!r} is not a page of the standard.", where)
    return text


def _flag(elements: Sequence[Element], where: str) -> str | None:
    stated = fields.indicator(elements, where)
    return None if stated is None else str(stated).lower()


_sign = fields.codes(LONG="", SHOR="-")

FIELDS: Final = (
    Field("page", "Pgntn/PgNb", _page_number, "number of the page, from 1"),
    Field("last_page", "Pgntn/LastPgInd", _flag, "whether it is the last one"),
    Field("statement_id", "StmtGnlDtls/StmtId", fields.reference, "the statement's, the same on its pages"),
    Field("as_of", "StmtGnlDtls/StmtDtTm", fields.moment, "when this was held"),
    Field("complete", "StmtGnlDtls/UpdTp/Cd", fields.codes("COMP DELT"), "all holdings, or changes"),
    Field("basis", "StmtGnlDtls/StmtBsis/Cd", fields.codes(" ".join(BASES)), "which movements count"),
    Field("has_holdings", "StmtGnlDtls/ActvtyInd", _flag, "whether there is anything to report"),
    Field("account", "SfkpgAcct/Id", fields.identifier, "safekeeping account"),
)
SUB_FIELDS: Final = (
    Field("account", "SfkpgAcct/Id", fields.identifier, "the sub-account"),
    Field("has_holdings", "ActvtyInd", _flag, "whether there is anything of it to report"),
)
SUB_ACCOUNT: Final = "SubAcctDtls"
BALANCE: Final = "BalForAcct"
SUB_BALANCE: Final = "BalForSubAcct"
SUPPLEMENT: Final = "SplmtryData"
SECURITY: Final = "FinInstrmId"
AGGREGATE: Final = "AggtBal"  # ShrtLngInd, and Qty/../Unit: all that there is of a security
AVAILABLE: Final = "AvlblBal"  # the same of what is available, in early versions without ShrtLngInd
SIGN: Final = "ShrtLngInd"


def read(
    body: Element, header: Header, *, profiles: Profiles, lenient: bool, warnings: list[str]
) -> list[Statement]:
    """Return what the page says of each account; `body` is `SctiesBalCtdyRpt`."""

    def balances(account: Element, path: str, root: str) -> list[Balance]:
        return [
            _balance(one, f"{root}/{path}", lenient=lenient, warnings=warnings) for one in account.find(path)
        ]

    _check_places(body)
    values = _values(body, FIELDS, ROOT)
    account = _required(values, "account", ROOT)
    page = _page(values, header.servicer(profiles.of_account(account)))
    own, subs = balances(body, BALANCE, ROOT), body.find(SUB_ACCOUNT)
    found = [] if subs and not own else [holdings.statement(page, account, own, f"{ROOT}/{BALANCE}")]
    for sub in subs:
        root = f"{ROOT}/{SUB_ACCOUNT}"
        of_sub = _values(sub, SUB_FIELDS, root)
        has_holdings = FLAGS.get(of_sub["has_holdings"] or "", page.has_holdings)
        named = _required(of_sub, "account", root)
        of_page = page._replace(has_holdings=has_holdings)
        found.append(holdings.statement(of_page, named, balances(sub, SUB_BALANCE, root), root))
    if len({one.account for one in found}) != len(found):
        raise Unreadable("ambiguous", "An account stands more than once.", f"{ROOT}/{SUB_ACCOUNT}")
    return found


def _check_places(body: Element) -> None:
    """Refuse a balance where the standard has none: one that is overlooked would count as gone."""
    placed = len(body.find(BALANCE)) + len(body.find(f"{SUB_ACCOUNT}/{SUB_BALANCE}"))
    if sum(one.name != SUPPLEMENT for one in body.outermost((BALANCE, SUB_BALANCE, SUPPLEMENT))) != placed:
        raise Unreadable("malformed", "A holding that stands where the standard has none.", ROOT)


def _values(body: Element, table: tuple[Field, ...], root: str) -> dict[str, str | None]:
    return {one.name: fields.stated(body, one.path, one.read, root) for one in table}


def _required(values: dict[str, str | None], name: str, root: str) -> str:
    value = values[name]
    if value is None:
        path = next(one.path for one in (*FIELDS, *SUB_FIELDS) if one.name == name)
        sentence = f"The message does not state {name.replace('_', ' ')}."
        raise Unreadable("missing_field", sentence, f"{root}/{path}")
    return value


def _page(values: dict[str, str | None], servicer: str | None) -> Page:
    return Page(
        servicer=servicer,
        statement_id=values["statement_id"],
        number=int(_required(values, "page", ROOT)),
        is_last=FLAGS[_required(values, "last_page", ROOT)],
        as_of=_required(values, "as_of", ROOT),
        is_complete=_required(values, "complete", ROOT) == "COMP",
        basis=BASES.get(values["basis"] or ""),
        has_holdings=FLAGS.get(values["has_holdings"] or ""),
    )


def _balance(element: Element, root: str, *, lenient: bool, warnings: list[str]) -> Balance:
    where = f"{root}/{AGGREGATE}"
    quantity = _units(element.find(AGGREGATE), where)
    if quantity is None:
        raise Unreadable("missing_field", "A holding without its aggregate balance.", where)
    sign = _sign(element.find(f"{AGGREGATE}/{SIGN}"), f"{where}/{SIGN}")
    if sign is None:
        raise Unreadable("missing_field", "A balance that is neither long nor short.", f"{where}/{SIGN}")
    return Balance(
        security=security(element.find(SECURITY), f"{root}/{SECURITY}", lenient=lenient, warnings=warnings),
        quantity=_signed(sign, quantity),
        available=_available(element, sign, f"{root}/{AVAILABLE}"),
    )


def _available(element: Element, aggregate_sign: str, root: str) -> str | None:
    """Return what is available; it has the sign of a long balance where it states none."""
    units = _units(element.find(AVAILABLE), root)
    if units is None:
        return None
    sign = _sign(element.find(f"{AVAILABLE}/{SIGN}"), f"{root}/{SIGN}")
    if sign is None and aggregate_sign and units != "0":
        raise Unreadable("ambiguous", "Is what is available of a short balance long or short?", root)
    return _signed(sign or "", units)


def _signed(sign: str, units: str) -> str:
    return units if units == "0" else f"{sign}{units}"


def _units(level: Sequence[Element], where: str) -> str | None:
    """Return the units of a balance, which its versions wrap in one, two or three elements `Qty`."""
    if not level:
        return None
    for _ in range(1 + QUANTITY_DEPTH_MAX):
        inner = [one for element in level for one in element.inner if one.name != SIGN]
        wrapped = [one for one in inner if one.name == "Qty"]
        others = {one.name for one in inner if one.name != "Qty"}
        if others & NOT_UNITS and not others - NOT_UNITS and not wrapped:
            raise Unreadable("quantity_not_in_units", f"The balance is given as {min(others)}.", where)
        if others and wrapped:
            raise Unreadable("ambiguous", "A balance in different quantities.", where)
        if not wrapped:
            return fields.quantity(level, where)
        level = wrapped
    raise Unreadable("malformed", "A quantity that the standard does not know.", where)
