"""MT535, the statement of holdings (ISO 15022, category 5 of SWIFT's user handbook).

    GENL                  what the page says of itself
    SUBSAFE               holdings of the account in GENL, or of an account of its own
        FIN               one holding: security, and what there is of it
            SUBBAL        a part of the holding; parts are never added up
    ADDINFO               totals in money

The tables are the message. Nothing is looked for anywhere else, but a security or balance that stands
elsewhere makes the message malformed: a holding that is overlooked would count as gone.
"""

from bisect import bisect
from collections.abc import Mapping, Sequence
from typing import Final

from schemas.statement import Balance, Statement, StatementBasis
from workers.ingest import holdings
from workers.ingest.holdings import Page
from workers.ingest.mt import fields, statement_fields
from workers.ingest.mt.header import Header
from workers.ingest.mt.securities import security
from workers.ingest.mt.tables import Field, Table
from workers.ingest.mt.text_block import TextBlock, Value
from workers.ingest.reading import Unreadable

TYPE: Final = "535"
FUNCTION: Final = "GENL/23G"
CANCELLATION: Final = "CANC"
SUBFUNCTIONS: Final = frozenset({"", "/COPY", "/CODU", "/DUPL"})
SEQUENCES: Final = frozenset({"GENL", "SUBSAFE", "ADDINFO"})
BASES: Final[dict[str, StatementBasis]] = {"SETT": "settled", "TRAD": "traded", "CONT": "contractual"}
FLAGS: Final = {"Y": True, "N": False}

GENERAL: Final = Table(
    Field("page", "GENL/28E", statement_fields.page, "number from 1, and whether there are more"),
    Field("number", "GENL/13a::STAT", statement_fields.number, "the statement's, the same on its pages"),
    Field("message_id", "GENL/20a::SEME", fields.reference, "the sender's reference of this page"),
    Field("as_of", "GENL/98a::STAT", statement_fields.moment, "when this was held"),
    Field("complete", "GENL/22a::CODE", statement_fields.codes("COMP DELT"), "all holdings, or changes"),
    Field("basis", "GENL/22a::STBA", statement_fields.codes(" ".join(BASES)), "which movements count"),
    Field("kind", "GENL/22a::STTY", fields.codes("CUST ACCT"), "custody or accounting; checked, not kept"),
    Field("account", "GENL/97a::SAFE", fields.account, "safekeeping account"),
    Field("has_holdings", "GENL/17a::ACTI", statement_fields.flag, "whether there is anything to report"),
)

SUBSAFE: Final = "SUBSAFE"
OWN_ACCOUNT: Final = "SUBSAFE/97a::SAFE"
OWN_HAS_HOLDINGS: Final = "SUBSAFE/17a::ACTI"
FIN: Final = "SUBSAFE/FIN"
SECURITY: Final = "SUBSAFE/FIN/35B"
AGGREGATE: Final = "SUBSAFE/FIN/93a::AGGR"  # units, negative where they are short
AVAILABLE: Final = "SUBSAFE/FIN/93a::AVAI"  # units of these that are available
TOTAL_AVAILABLE: Final = "SUBSAFE/FIN/SUBBAL/93a::TAVI"  # the same, from servicers that state it in one part

Values = Mapping[str, str | None]


def read(block: TextBlock, header: Header, *, lenient: bool, warnings: list[str]) -> list[Statement]:
    """Return what the page says of each account."""
    _check_sequences(block)
    _check_function(block)
    values = GENERAL.values(block)
    account = GENERAL.required(values, "account")
    page = _page(values, header)
    held = _balances(block, lenient=lenient, warnings=warnings)
    own_accounts, own_flags = block.by_sequence(OWN_ACCOUNT), block.by_sequence(OWN_HAS_HOLDINGS)
    found: dict[str, list[Balance]] = {}
    pages: dict[str, Page] = {}
    for sequence in block.layout.sequences.get(SUBSAFE, ()):
        own = _own_account(own_accounts.get(sequence, ())) or account
        found.setdefault(own, []).extend(held.get(sequence, ()))
        flag = statement_fields.flag(own_flags.get(sequence, ()), OWN_HAS_HOLDINGS)
        pages[own] = page if flag is None else page._replace(has_holdings=FLAGS[flag])
    if not found:
        return [holdings.statement(page, account, (), SUBSAFE)]
    return [holdings.statement(pages[own], own, balances, SUBSAFE) for own, balances in found.items()]


def _check_sequences(block: TextBlock) -> None:
    layout = block.layout
    unknown = [name for name in layout.outermost if name not in SEQUENCES]
    if unknown:
        raise Unreadable("malformed", f"A statement has no sequence {unknown[0]}.", unknown[0])
    if layout.outermost.count("GENL") != 1:
        raise Unreadable("ambiguous", "The sequence GENL does not stand once.", "GENL")
    for place in (*layout.by_tag.get("35B", ()), *layout.by_tag.get("93a", ())):
        if not place.startswith(f"{FIN}/"):
            raise Unreadable("malformed", "A holding that stands where the standard has none.", place)


def _check_function(block: TextBlock) -> None:
    text = fields.function(block.find(FUNCTION), FUNCTION)
    if text is None:
        raise Unreadable("missing_field", "The message does not state its function.", FUNCTION)
    function, subfunction = text[:4], text[4:]
    if function not in {"NEWM", CANCELLATION} or subfunction not in SUBFUNCTIONS:
        raise Unreadable("malformed", f"{text[:40]!r} is no function of a statement.", FUNCTION)
    if function == CANCELLATION:
        raise Unreadable(
            "unknown_message_type", "A statement that is cancelled, which is not read.", FUNCTION
        )


def _page(values: Values, header: Header) -> Page:
    number, _, continuation = GENERAL.required(values, "page").partition("/")
    is_only = continuation == "ONLY"
    if is_only and int(number) != 1:
        raise Unreadable("ambiguous", f"The only page has the number {number}.", GENERAL.places["page"])
    message_id = GENERAL.required(values, "message_id")
    return Page(
        servicer=header.sender,
        # each page is a message with a reference of its own, so the statement's is that of a single one
        statement_id=message_id if is_only else values["number"],
        number=int(number),
        is_last=continuation != "MORE",
        as_of=GENERAL.required(values, "as_of"),
        is_complete=GENERAL.required(values, "complete") == "COMP",
        basis=BASES.get(values["basis"] or ""),
        has_holdings=FLAGS.get(values["has_holdings"] or ""),
    )


def _own_account(values: Sequence[Value]) -> str | None:
    """Return the account that a sequence SUBSAFE names for its holdings; a wallet is none."""
    own = fields.account(values, OWN_ACCOUNT)
    if values and own is None:
        raise Unreadable("missing_field", "The holdings are of a wallet, not of an account.", OWN_ACCOUNT)
    return own


def _balances(block: TextBlock, *, lenient: bool, warnings: list[str]) -> dict[int, list[Balance]]:
    """Return the holdings by the number of the sequence SUBSAFE that they stand in."""
    sequences = block.layout.sequences
    named, aggregate, available = map(block.by_sequence, (SECURITY, AGGREGATE, AVAILABLE))
    parts = _by_holding(block.find(TOTAL_AVAILABLE), sequences.get(FIN, []))
    found: dict[int, list[Balance]] = {}
    for fin in sequences.get(FIN, ()):
        quantity = statement_fields.balance(aggregate.get(fin, ()), AGGREGATE)
        if quantity is None:
            raise Unreadable("missing_field", "A holding without its aggregate balance.", AGGREGATE)
        balance = Balance(
            security=security(named.get(fin, ()), SECURITY, lenient=lenient, warnings=warnings),
            quantity=quantity,
            available=statement_fields.balance(available.get(fin, ()), AVAILABLE)
            or statement_fields.available(parts.get(fin, ()), TOTAL_AVAILABLE),
        )
        within = sequences[SUBSAFE]
        found.setdefault(within[bisect(within, fin) - 1], []).append(balance)
    return found


def _by_holding(values: Sequence[Value], fins: list[int]) -> dict[int, list[Value]]:
    """Return what stands in parts of holdings by the holding's number: the last FIN that began before."""
    found: dict[int, list[Value]] = {}
    for value in values:
        found.setdefault(fins[bisect(fins, value.sequence) - 1], []).append(value)
    return found
