"""The house that a run begins with: operators, instruments, custody accounts, clients and wallets."""

from dataclasses import replace
from random import Random
from typing import Literal

from schemas.collateral import CollateralRules, CustodyPlace
from schemas.house import (
    Alias,
    CreateLog,
    DeliveryKind,
    Operator,
    Order,
    Policy,
    RegisterClient,
    RegisterCustodyAccount,
    RegisterDeliveryDetails,
    RegisterInstrument,
    RegisterWallet,
    SetCollateralRules,
    SetLane,
    Token,
)
from schemas.messages import OPERATOR, Genesis, OrderConfirmed, OrderProposed
from schemas.streams import inbox_stream
from tests.simulation.networks import DECIMALS, account_of, token_of
from tests.simulation.world import ISINS, World

OPERATORS = ("alice", "bob")
CLIENTS = ("client-1", "client-2")
INELIGIBLE = "client-3"
SERVICER, BROKER = "CHASUS33", "APCAUS33"
BACKING, TREASURY, OTHER, AT_BROKER = "BACK-1", "TREASURY-1", "OTHER-1", "BROKER-1"
FEED, BROKER_FEED = "iso20022", "alpaca"
LATER = "AMZN"
Purpose = Literal["backing", "treasury", "other"]
DETAILS: dict[str, tuple[DeliveryKind, str, str]] = {
    "home": ("in_kind", BACKING, "1"),
    "desk": ("cash", AT_BROKER, "0.000001"),
    "dust": ("in_kind", TREASURY, "0.000000000000000001"),
}
"""Kind, account and increment of every client's delivery details."""


def policy(random: Random) -> Policy:
    return Policy(
        rules_version=1,
        largest_time_jump_seconds=random.choice((120, 600, 3600)),
        issuance_expiry_seconds=random.choice((60, 200, 2000)),
        mint_deadline_seconds=random.choice((30, 90, 400)),
        mint_attempts_max=random.choice((1, 2, 3)),
        events_per_decision_max=random.choice((2, 3, 10, 50)),
    )


def instrument(world: World, name: str) -> RegisterInstrument:
    """Return an instrument's terms."""
    return RegisterInstrument(
        instrument=name,
        name=f"{name} Inc.",
        multiplier=world.setting.multipliers[name],
        aliases=(
            Alias(scheme="ISIN", id=ISINS[name], servicer=None, valid_from=None, valid_until=None),
            Alias(scheme="SYMBOL", id=name, servicer=BROKER, valid_from="2026-01-01", valid_until=None),
        ),
        tokens=tuple(
            Token(chain=chain, token=token_of(name), decimals=DECIMALS[chain], account=account_of(chain))
            for chain in chains_of(name)
        ),
    )


def chains_of(name: str) -> list[str]:
    """Return where an instrument has a token: one in four lives on every chain, each other lacks one."""
    chains, lacks = list(DECIMALS), list(ISINS).index(name) % 4
    return [chain for place, chain in enumerate(chains, 1) if place != lacks]


def lane(random: Random) -> SetLane:
    """Return a lane between two chains, for all instruments or for one."""
    source, destination = random.sample(list(DECIMALS), 2)
    return SetLane(
        source=source,
        destination=destination,
        instrument=random.choice((None, None, "AAPL")),
        capacity_units=random.choice(("0.5", "5", "60")),
        refill_units_per_second=random.choice(("0", "0.01", "0.2", "3")),
        open=random.random() < 0.8,
    )


def wallet_of(client: str, chain: str) -> str:
    return f"0x{client}-{chain}"


def delivery_details(client: str, name: str) -> RegisterDeliveryDetails:
    """Return where a client's shares go."""
    kind, account, increment = DETAILS[name]
    return RegisterDeliveryDetails(
        client=client,
        details=name,
        kind=kind,
        servicer=BROKER if account == AT_BROKER else SERVICER,
        account=account,
        counterparty="DTCYUS33",
        counterparty_account=f"{client}-{name}",
        increment=increment,
    )


def first_orders(world: World) -> list[Order]:
    """Return what the house is furnished with, one order each."""
    accounts: tuple[tuple[str, str, Purpose, str, str], ...] = (
        (SERVICER, BACKING, "backing", FEED, "chase"),
        (BROKER, AT_BROKER, "backing", BROKER_FEED, "broker"),
        (SERVICER, TREASURY, "treasury", FEED, "chase"),
        (SERVICER, OTHER, "other", FEED, "chase"),
    )
    return [
        *(instrument(world, name) for name in ISINS if name != LATER),
        *(
            RegisterCustodyAccount(servicer=who, account=name, purpose=why, feed=feed, senders=(sender,))
            for who, name, why, feed, sender in accounts
        ),
        *(RegisterClient(client=client, eligible=True) for client in CLIENTS),
        RegisterClient(client=INELIGIBLE, eligible=False),
        *(
            RegisterWallet(client=client, chain=chain, address=wallet_of(client, chain))
            for client in CLIENTS
            for chain in DECIMALS
        ),
        *(delivery_details(client, name) for client in CLIENTS for name in DETAILS),
        *_first_lanes(Random(f"{world.seed}/lanes")),
        *(_first_evidence(Random(f"{world.seed}/evidence")) if world.setting.is_restricted else ()),
    ]


def _first_evidence(random: Random) -> list[SetCollateralRules]:
    """Return the age rule of some instruments, of those that there are from the beginning."""
    places = ((SERVICER, BACKING), (SERVICER, TREASURY), (BROKER, AT_BROKER))
    return [
        SetCollateralRules(
            instrument=name,
            rules=CollateralRules(
                eligible=tuple(
                    CustodyPlace(servicer=servicer, account=account) for servicer, account in places
                ),
                ratio_min="1",
                custodian_share_max=None,
                statement_age_seconds_max=random.choice((20, 90, 86_400)),
            ),
        )
        for name in ISINS
        if name != LATER and random.random() < 0.25
    ]


def _first_lanes(random: Random) -> list[SetLane]:
    """Return most lanes, each limited as it happens; the others are not known yet."""
    return [
        replace(lane(random), source=source, destination=destination, instrument=None, open=True)
        for source in DECIMALS
        for destination in DECIMALS
        if source != destination and random.random() < 0.85
    ]


def genesis(world: World) -> bytes:
    rule = CreateLog(
        log="simulation",
        partitions=world.setting.partitions,
        operators=tuple(Operator(operator=name, public_key=name[0] * 64) for name in ("alice", "bob")),
        policy=policy(Random(f"{world.seed}/policy")),
    )
    return world.message("genesis", "console", None, Genesis(rule=rule))


def furnish(world: World) -> None:
    """Create the log, and order everything that it begins with, two operators for each."""
    values = [genesis(world)]
    for number, order in enumerate(first_orders(world)):
        name = f"first-{number}"
        proposed = OrderProposed(operator="alice", order_id=name, order=order)
        confirmed = OrderConfirmed(operator="bob", proposer="alice", order_id=name, instrument=None)
        values.append(world.message("order_proposed", "console", None, proposed))
        values.append(world.message("order_confirmed", "console", None, confirmed))
    world.append("console", inbox_stream(OPERATOR, 0), values)
