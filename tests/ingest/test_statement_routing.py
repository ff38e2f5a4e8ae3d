"""A statement, whoever read it: what is printed of it, and where it goes."""

import pytest

from schemas import canonical
from schemas.confirmation import Security
from schemas.envelope import decode_message
from schemas.statement import Balance, Statement
from workers.ingest import reading, registry
from workers.ingest.printed import printed
from workers.ingest.profiles import NO_PROFILES
from workers.intake import Intake
from workers.log.memory import MemoryEngine

PAGE = Statement(
    servicer="CHASUS33",
    account="BACKING-1",
    statement_id="S1",
    page=2,
    last_page=False,
    as_of="2026-11-23T17:45:54+01:00",
    complete=True,
    basis="settled",
    balances=(Balance(security=Security(scheme="ISIN", id="US0378331005"), quantity="-1.5", available=None),),
)
READING = reading.stated(PAGE, reader="iso20022", version="1", dialect="semt.002.001.11")


def test_what_is_printed_of_a_statement_is_the_contracts() -> None:
    shown = printed(READING, file="a.xml", index=0)
    assert (shown["outcome"], shown["confirmation"], shown["reason"]) == ("statement", None, None)
    assert canonical.decode(canonical.encode(shown["statement"])) == {
        "servicer": "CHASUS33",
        "account": "BACKING-1",
        "statement_id": "S1",
        "page": 2,
        "last_page": False,
        "as_of": "2026-11-23T17:45:54+01:00",
        "complete": True,
        "basis": "settled",
        "balances": [
            {"security": {"scheme": "ISIN", "id": "US0378331005"}, "quantity": "-1.5", "available": None}
        ],
    }


def test_a_statement_goes_to_book_zero_under_no_instrument(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "read", lambda _data, **_options: [READING])
    intake = Intake(
        MemoryEngine(), partitions=7, profiles=NO_PROFILES, now=lambda: "2026-11-23T18:00:00.000000Z"
    )
    ((placed,),) = intake.take([(b"<Document/>", "chase")])
    assert placed.stream == "inbox.custody-0"
    message = decode_message(placed.data)
    assert (message.type, message.instrument, message.body) == ("holdings_statement_received", None, PAGE)
    assert message.evidence is not None
    assert message.reader is not None
