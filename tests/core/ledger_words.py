"""The words of the sentences in this folder: one small house, and what people say to it."""

import dataclasses
from collections.abc import Iterator
from typing import Any, Literal

from schemas import instants
from schemas.confirmation import Confirmation, Reason, Security
from schemas.envelope import Message, Reader
from schemas.events.operations import AUTHORIZES, Authorization
from schemas.house import (
    Alias,
    CreateLog,
    Operator,
    Policy,
    RegisterClient,
    RegisterCustodyAccount,
    RegisterDeliveryDetails,
    RegisterInstrument,
    RegisterWallet,
    SetLane,
    Token,
)
from schemas.messages import (
    CancellationRequested,
    EvidenceParked,
    FinalitySeenContradicted,
    Genesis,
    HouseRulePublished,
    InformationReceived,
    IssuanceRequested,
    OperationSeenClosed,
    OperationSeenFinal,
    OrderConfirmed,
    OrderProposed,
    RecordName,
    RedemptionRequested,
    Tick,
    UnitsBridgedOutSeen,
    UnitsReceivedSeen,
)
from workers.core.ids import derive, settlement_reference, sighting_id

NOW = "2026-11-23T09:00:00.000000Z"
AAPL, TSLA = "AAPL", "TSLA"
ISIN = {AAPL: "US0378331005", TSLA: "US88160R1014"}
CUSTODIAN, BACKING, TREASURY, OTHER = "CHASUS33", "BACKING-1", "TREASURY-1", "OTHER-1"
FEED, SENDER, CLIENT, WALLET, CHAIN = "iso20022", "chase", "client-1", "0xabc", "sim"
ACCOUNT = "sim-1"
RECORD = RecordName(book="transactions.sim-1", seq=1, sha256="1" * 64)
BLOCK = {"block_height": 7, "block_hash": "0xb10c"}


def later(seconds: int, since: str = NOW) -> str:
    return instants.plus(since, seconds)


def message(
    name: str,
    body: Any,
    *,
    at: str = NOW,
    sender: str = "somebody",
    instrument: str | None = None,
    reader: Reader | None = None,
) -> Message:
    return Message(
        type=name,
        received_at=at,
        sender=sender,
        instrument=instrument,
        evidence=None,
        reader=reader,
        body=body,
    )


def policy(**changes: int) -> Policy:
    terms = {
        "rules_version": 1,
        "largest_time_jump_seconds": 86_400,
        "issuance_expiry_seconds": 5 * 86_400,
        "mint_deadline_seconds": 600,
        "mint_attempts_max": 3,
        "events_per_decision_max": 50,
    }
    return Policy(**{**terms, **changes})


def creation(partitions: int = 1, **changes: int) -> CreateLog:
    operators = tuple(Operator(operator=name, public_key=name[0] * 64) for name in ("alice", "bob", "carol"))
    return CreateLog(log="test", partitions=partitions, operators=operators, policy=policy(**changes))


def alias(identifier: str, **terms: Any) -> Alias:
    defaults: dict[str, Any] = {"scheme": "ISIN", "servicer": None, "valid_from": None, "valid_until": None}
    return Alias(id=identifier, **{**defaults, **terms})


def instrument(
    name: str = AAPL,
    *,
    multiplier: str = "1",
    decimals: int = 18,
    aliases: tuple[Alias, ...] | None = None,
    tokens: tuple[Token, ...] | None = None,
) -> RegisterInstrument:
    token = Token(chain=CHAIN, token=f"{name}x", decimals=decimals, account=ACCOUNT)
    return RegisterInstrument(
        instrument=name,
        name=name,
        multiplier=multiplier,
        aliases=(alias(ISIN[name]),) if aliases is None else aliases,
        tokens=(token,) if tokens is None else tokens,
    )


def account(name: str, purpose: Any) -> RegisterCustodyAccount:
    return RegisterCustodyAccount(
        servicer=CUSTODIAN, account=name, purpose=purpose, feed=FEED, senders=(SENDER,)
    )


def published(number: int, rule: Any, *, at: str = NOW) -> Message:
    body = HouseRulePublished(number=number, rule=rule, record=RECORD)
    return message("house_rule_published", body, at=at, sender="ledger-0")


def house(*more: Any, terms: RegisterInstrument | None = None, **changes: int) -> Iterator[Message]:
    """The log as most sentences find it: one partition, two instruments, three accounts, a client."""
    yield message("genesis", Genesis(rule=creation(**changes)))
    rules = (
        creation(**changes),
        terms or instrument(),
        instrument(TSLA),
        account(BACKING, "backing"),
        account(TREASURY, "treasury"),
        account(OTHER, "other"),
        RegisterClient(client=CLIENT, eligible=True),
        RegisterWallet(client=CLIENT, chain=CHAIN, address=WALLET),
        *more,
    )
    for number, rule in enumerate(rules, 1):
        yield published(number, rule)


HOUSE_RULES = 8
"""How many rules `house()` publishes."""


def confirmed(
    quantity: str,
    servicer_id: str | None = "t1",
    owner_id: str | None = None,
    *,
    at: str = NOW,
    of: str | None = AAPL,
    sender: str = SENDER,
    reader: str | None = FEED,
    type_said: str = "settlement_confirmed",
    **fields: Any,
) -> Message:
    absent = {each.name for each in dataclasses.fields(Confirmation)}
    defaults: dict[str, Any] = dict.fromkeys(absent)
    defaults |= {
        "kind": type_said,
        "servicer": CUSTODIAN,
        "account": BACKING,
        "movement": "receive",
        "payment": "free",
        "security": Security(scheme="ISIN", id=ISIN.get(of or AAPL, ISIN[AAPL])),
        "settled_on": "2026-11-23",
        "message_id": "m1",
        "transaction_type": "TRAD",
        "references": (),
        "copy": False,
        "possible_duplicate": False,
    }
    body = Confirmation(
        **{
            **defaults,
            "quantity": quantity,
            "servicer_transaction_id": servicer_id,
            "owner_transaction_id": owner_id,
            **fields,
        }
    )
    read_by = None if reader is None else Reader(name=reader, version="1", profile_sha256=None)
    return message(type_said, body, at=at, sender=sender, instrument=of, reader=read_by)


def undone(
    quantity: str, servicer_id: str | None = "t1", owner_id: str | None = None, **more: Any
) -> Message:
    """Reverse a movement: the message names what it undoes."""
    terms = {"type_said": "settlement_reversed", "message_id": "r1", **more}
    return confirmed(quantity, servicer_id, owner_id, **terms)


def requested(
    shares: str, request: str = "r1", *, at: str = NOW, of: str | None = AAPL, **fields: Any
) -> Message:
    defaults: dict[str, Any] = {
        "client": CLIENT,
        "instrument": AAPL,
        "chain": CHAIN,
        "wallet": WALLET,
        "funding": "settlement",
        "partial": "wait",
    }
    body = IssuanceRequested(**{**defaults, "client_request_id": request, "shares": shares, **fields})
    return message("issuance_requested", body, at=at, instrument=of)


def cancelled(
    request: str = "r1",
    *,
    at: str = NOW,
    of: str | None = AAPL,
    client: str = CLIENT,
    name: str = AAPL,
    kind: Literal["issuance", "redemption"] = "issuance",
) -> Message:
    body = CancellationRequested(client=client, client_request_id=request, instrument=name, kind=kind)
    return message("cancellation_requested", body, at=at, sender=client, instrument=of)


def issuance_of(request: str = "r1", name: str = AAPL) -> str:
    return derive("issuance", CLIENT, name, request)


def reference_of(request: str = "r1", name: str = AAPL) -> str:
    return settlement_reference(issuance_of(request, name), 0)


def details(name: str = "home", **changes: Any) -> RegisterDeliveryDetails:
    terms: dict[str, Any] = {
        "client": CLIENT,
        "kind": "in_kind",
        "servicer": CUSTODIAN,
        "account": BACKING,
        "counterparty": "DTCYUS33",
        "counterparty_account": "CLIENT-7",
        "increment": "1",
    }
    return RegisterDeliveryDetails(details=name, **{**terms, **changes})


def redeemed(
    units: str, request: str = "q1", *, at: str = NOW, of: str | None = AAPL, **fields: Any
) -> Message:
    defaults: dict[str, Any] = {
        "client": CLIENT,
        "instrument": AAPL,
        "chain": CHAIN,
        "wallet": WALLET,
        "details": "home",
    }
    body = RedemptionRequested(**{**defaults, "client_request_id": request, "units": units, **fields})
    return message("redemption_requested", body, at=at, instrument=of)


def redemption_of(request: str = "q1", name: str = AAPL) -> str:
    return derive("redemption", CLIENT, name, request)


def received(
    units: str, transaction: str = "0xin", *, at: str = NOW, of: str | None = AAPL, **fields: Any
) -> Message:
    """Tokens that came into the account's holding, by default from the client's wallet."""
    terms: dict[str, Any] = {
        "sighting": sighting_id(CHAIN, transaction, 0),
        "account": ACCOUNT,
        "chain": CHAIN,
        "token": f"{AAPL}x",
        "sender": WALLET,
        "units": units,
        "transaction": transaction,
        "index": 0,
        **BLOCK,
        "record": RECORD,
    }
    sender = fields.pop("says", ACCOUNT)
    body = UnitsReceivedSeen(**{**terms, **fields})
    return message("units_received_seen", body, at=at, sender=sender, instrument=of)


def seen_final(
    authorized: Authorization, /, *, at: str = NOW, of: str | None = AAPL, **fields: Any
) -> Message:
    terms: dict[str, Any] = {
        "operation": getattr(authorized, AUTHORIZES[type(authorized)]),
        "kind": AUTHORIZES[type(authorized)],
        "account": authorized.account,
        "chain": authorized.chain,
        "units": authorized.units,
        "transaction": "0xfeed",
        **BLOCK,
        "record": RECORD,
    }
    sender = fields.pop("sender", fields.get("account", authorized.account))
    body = OperationSeenFinal(**{**terms, **fields})
    return message("operation_seen_final", body, at=at, sender=sender, instrument=of)


def bridged_out(
    units: str,
    destination: str,
    transaction: str = "0xb1",
    *,
    at: str = NOW,
    of: str | None = AAPL,
    chain: str = CHAIN,
    **fields: Any,
) -> Message:
    """A holder burned units on one chain to have them on another, and the token's account saw it final."""
    terms: dict[str, Any] = {
        "account": f"{chain}-1",
        "token": f"{of}x",
        "holder": "0xholder",
        "recipient": "0xthere",
        "index": 0,
        "sighting": sighting_id(chain, transaction, fields.get("index", 0)),
        **BLOCK,
        "record": RECORD,
    }
    sender = fields.pop("sender", fields.get("account", f"{chain}-1"))
    said = {**terms, "chain": chain, "units": units, "destination": destination, "transaction": transaction}
    body = UnitsBridgedOutSeen(**{**said, **fields})
    return message("units_bridged_out_seen", body, at=at, sender=sender, instrument=of)


def lane(source: str, destination: str, capacity: str = "1000", refill: str = "1", **fields: Any) -> SetLane:
    terms: dict[str, Any] = {"instrument": None, "open": True}
    return SetLane(
        source=source,
        destination=destination,
        capacity_units=capacity,
        refill_units_per_second=refill,
        **{**terms, **fields},
    )


def seen_closed(
    authorized: Authorization, /, *, at: str = NOW, of: str | None = AAPL, **fields: Any
) -> Message:
    terms: dict[str, Any] = {
        "operation": getattr(authorized, AUTHORIZES[type(authorized)]),
        "kind": AUTHORIZES[type(authorized)],
        "account": authorized.account,
        "chain": authorized.chain,
        "proof": "deadline_passed",
        **BLOCK,
        "block_time": later(601),
        "record": RECORD,
    }
    sender = fields.pop("sender", fields.get("account", authorized.account))
    body = OperationSeenClosed(**{**terms, **fields})
    return message("operation_seen_closed", body, at=at, sender=sender, instrument=of)


def contradicted(
    authorized: Authorization, /, *, at: str = NOW, of: str | None = AAPL, **fields: Any
) -> Message:
    terms: dict[str, Any] = {
        "operation": getattr(authorized, AUTHORIZES[type(authorized)]),
        "kind": AUTHORIZES[type(authorized)],
        "account": authorized.account,
        "chain": authorized.chain,
        "transaction": "0xfeed",
        **BLOCK,
        "hash_now": "0x07e2",
        "record": RECORD,
    }
    sender = fields.pop("sender", authorized.account)
    body = FinalitySeenContradicted(**{**terms, **fields})
    return message("finality_contradicted", body, at=at, sender=sender, instrument=of)


def proposed(
    order: Any, order_id: str = "o1", *, by: str = "alice", of: str | None = None, at: str = NOW
) -> Message:
    body = OrderProposed(operator=by, order_id=order_id, order=order)
    return message("order_proposed", body, at=at, instrument=of)


def confirmed_by(
    operator: str, order_id: str = "o1", *, proposer: str = "alice", of: str | None = None, at: str = NOW
) -> Message:
    body = OrderConfirmed(operator=operator, proposer=proposer, order_id=order_id, instrument=of)
    return message("order_confirmed", body, at=at, instrument=of)


def ordered(order: Any, order_id: str = "o1", *, of: str | None = None, at: str = NOW) -> Iterator[Message]:
    yield proposed(order, order_id, of=of, at=at)
    yield confirmed_by("bob", order_id, of=of, at=at)


def tick(at: str) -> Message:
    return message("tick", Tick(at=at), at=at, sender="clock")


def information(code: Any = "trade_report", at: str = NOW) -> Message:
    reason = Reason(code=code, text="a sentence", where=None)
    return message("information_received", InformationReceived(dialect="fix", reason=reason), at=at)


def parked(code: Any = "malformed", at: str = NOW) -> Message:
    reason = Reason(code=code, text="a sentence", where=None)
    return message("evidence_parked", EvidenceParked(dialect=None, reason=reason), at=at)
