"""The words of sentences about statements of holdings."""

from typing import Any

from ledger_words import BACKING, CUSTODIAN, FEED, ISIN, NOW, SENDER, message

from schemas.confirmation import Security
from schemas.envelope import Message, Reader
from schemas.statement import Balance, Statement


def stated(
    as_of: str = NOW,
    *balances: tuple[str, str],
    statement_id: str | None = "s1",
    at: str = NOW,
    of: str | None = None,
    sender: str = SENDER,
    reader: str = FEED,
    **fields: Any,
) -> Message:
    """One page of a statement of holdings, by default the only one: (instrument, quantity) for each line."""
    terms: dict[str, Any] = {
        "servicer": CUSTODIAN,
        "account": BACKING,
        "page": 1,
        "last_page": True,
        "complete": True,
        "basis": "settled",
    }
    body = Statement(
        **{**terms, **fields},
        statement_id=statement_id,
        as_of=as_of,
        balances=tuple(
            Balance(security=Security(scheme="ISIN", id=ISIN[name]), quantity=quantity, available=None)
            for name, quantity in balances
        ),
    )
    read_by = Reader(name=reader, version="1", profile_sha256=None)
    return message("holdings_statement_received", body, at=at, sender=sender, instrument=of, reader=read_by)
