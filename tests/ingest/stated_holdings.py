"""What a statement of holdings itself states, extracted without the readers, and held against a reading."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from workers.ingest.reading import Reading

WHOLE_DEPTH = 2  # SUBSAFE/FIN; deeper are parts


@dataclass
class Holding:
    """One holding: the account, every identifier of it, what there is and what is available, as written."""

    account: str
    identifiers: set[str]
    quantities: set[Decimal]
    available: set[Decimal]


@dataclass
class Stated:
    """What one message states; `page` and the others are every answer that it gives."""

    pages: set[tuple[int, bool]] = field(default_factory=set)
    moments: set[str] = field(default_factory=set)
    updates: set[str] = field(default_factory=set)
    accounts: list[str] = field(default_factory=list)
    holdings: list[Holding] = field(default_factory=list)


def hold(readings: list[Reading], said: Stated) -> None:
    """Compare the readings of one message with what it states."""
    statements = [reading.statement for reading in readings if reading.statement is not None]
    assert len(statements) == len(readings)
    for statement in statements:
        assert {(statement.page, statement.last_page)} == said.pages
        assert {digits(statement.as_of)} == {digits(moment) for moment in said.moments}
        assert {"COMP" if statement.complete else "DELT"} == said.updates
        assert statement.account in said.accounts
        of_account = [one for one in said.holdings if one.account == statement.account]
        assert len(of_account) == len(statement.balances)
        for balance, holding in zip(statement.balances, of_account, strict=True):
            assert balance.security.id in holding.identifiers
            assert {Decimal(balance.quantity)} == holding.quantities
            assert balance.available is None or Decimal(balance.available) in holding.available
    accounts = [statement.account for statement in statements]
    assert len(set(accounts)) == len(accounts)
    assert {one.account for one in said.holdings} <= set(accounts)


def digits(moment: str) -> str:
    return re.sub(r"[^0-9]", "", moment)


def of_fin(chunk: str) -> Stated:
    """Return what an MT535 states, line by line."""
    said = Stated()
    main = own = ""
    of_sequence: list[Holding] = []
    for sequences, text in _fields(chunk):
        if sequences == ["GENL"]:
            _note_general(said, text)
            main = _account(text) or main
        if sequences == ["SUBSAFE"]:
            if text.startswith(":16R:"):
                own, of_sequence = main, []
            own = _account(text) or own
            said.accounts += filter(None, [_account(text)])
            for holding in of_sequence:  # the account may be named behind some of its holdings
                holding.account = own
        if sequences == ["SUBSAFE", "FIN"] and text.startswith(":16R:"):
            of_sequence.append(Holding(own, set(), set(), set()))
            said.holdings.append(of_sequence[-1])
        if sequences[:2] == ["SUBSAFE", "FIN"]:
            _note_holding(said.holdings[-1], sequences, text)
    return said


def _note_general(said: Stated, text: str) -> None:
    if text.startswith(":28E:"):
        number, _, continuation = text[5:].partition("/")
        said.pages.add((int(number), continuation != "MORE"))
    if re.match(r":98[ACE]::STAT//", text):
        said.moments.add(text[12:])
    if text.startswith(":22F::CODE//"):
        said.updates.add(text[12:])
    said.accounts += filter(None, [_account(text)])


def _account(text: str) -> str | None:
    match = re.match(r":97(?:A::SAFE//|B::SAFE/[A-Z0-9]{0,8}/[A-Z0-9]{4}/)(.*)", text)
    return match and match[1]


def _note_holding(holding: Holding, sequences: list[str], text: str) -> None:
    is_whole = len(sequences) == WHOLE_DEPTH
    if is_whole and text.startswith(":35B:"):
        lines = text[5:].split("\n")
        holding.identifiers |= {line[5:] for line in lines[:1] if line.startswith("ISIN ")}
        holding.identifiers |= {line[4:] for line in lines if re.match(r"/(US|CA|GB|TS)/", line)}
    if is_whole and re.match(r":93.::AGGR/", text):
        holding.quantities.add(_number(text[12:]))
    if is_whole and re.match(r":93.::AVAI/", text):
        holding.available.add(_number(text[12:]))
    if sequences[2:] == ["SUBBAL"] and text.startswith(":93C::TAVI//UNIT/AVAI/"):
        holding.available.add(_number(text[12:].replace("/AVAI", "")))


def _fields(chunk: str) -> Iterator[tuple[list[str], str]]:
    """Yield each field with its further lines, and the sequences that it stands in; 16R is in its own."""
    sequences: list[str] = []
    fields: list[str] = []
    for raw in chunk[chunk.find("{4:") :].split("\n")[1:]:
        line = raw.removesuffix("\r")
        if line.startswith("-}"):
            break
        if line.startswith(":"):
            fields.append(line)
        elif fields:
            fields[-1] += "\n" + line
    for text in fields:
        if text.startswith(":16R:"):
            sequences = [*sequences, text[5:]]
        yield sequences, text
        if text.startswith(":16S:"):
            sequences = sequences[:-1]


def _number(text: str) -> Decimal:
    assert text.startswith("UNIT/")
    return Decimal(text[5:].replace("N", "-").replace(",", "."))


def of_xml(body: ET.Element) -> Stated:
    """Return what a semt.002 states; `body` is its element."""
    main = _texts(body, "SfkpgAcct/Id")
    said = Stated(
        pages={
            (int(number), last.strip() in {"true", "1"})
            for number in _texts(body, "Pgntn/PgNb")
            for last in _texts(body, "Pgntn/LastPgInd")
        },
        moments={
            text.strip()[:10] if kind == "Dt" else text.strip()
            for kind in ("Dt", "DtTm")
            for text in _texts(body, f"StmtGnlDtls/StmtDtTm/{kind}")
        },
        updates=_texts(body, "StmtGnlDtls/UpdTp/Cd"),
        accounts=sorted(main),
    )
    said.holdings = [_holding(one, next(iter(main))) for one in _nodes(body, "BalForAcct")]
    for sub in _nodes(body, "SubAcctDtls"):
        (account,) = _texts(sub, "SfkpgAcct/Id")
        said.accounts.append(account)
        said.holdings += [_holding(one, account) for one in _nodes(sub, "BalForSubAcct")]
    return said


def _holding(element: ET.Element, account: str) -> Holding:
    signs = {"LONG": 1, "SHOR": -1}
    (sign,) = {signs[text] for text in _texts(element, "AggtBal/ShrtLngInd")}
    of_available = {signs[text] for text in _texts(element, "AvlblBal/ShrtLngInd")} or {1}
    return Holding(
        account,
        _texts(element, "FinInstrmId/ISIN") or _texts(element, "FinInstrmId/OthrId/Id"),
        {sign * number for number in _units(element, "AggtBal")},
        {factor * number for factor in of_available for number in _units(element, "AvlblBal")},
    )


def _units(element: ET.Element, path: str) -> set[Decimal]:
    depths = [f"{path}{'/Qty' * depth}/Unit" for depth in (1, 2, 3)]
    return {Decimal(text) for one in depths for text in _texts(element, one)}


def _texts(element: ET.Element, path: str) -> set[str]:
    return {"".join(one.itertext()) for one in _nodes(element, path)} - {""}


def _nodes(element: ET.Element, path: str) -> list[ET.Element]:
    space = element.tag.rpartition("}")[0]
    found = [element]
    for step in path.split("/"):
        wanted = f"{space}}}{step}" if space else step
        found = [child for one in found for child in one if child.tag == wanted]
    return found
