"""House rules, folded for the predicates alone."""

from schemas.canonical import digest, encode
from schemas.confirmation import Confirmation
from schemas.house import (
    CreateLog,
    HouseRule,
    PlaceWideHold,
    RegisterClient,
    RegisterCustodyAccount,
    RegisterDeliveryDetails,
    RegisterInstrument,
    RegisterOperator,
    RegisterWallet,
    ReleaseWideHold,
    SetCollateralRules,
    SetLane,
    SetLimits,
    Token,
)
from schemas.limits import Limits
from schemas.statement import HoldingsStated
from workers.core.invariants.facts import HouseFacts


def apply_rule(house: HouseFacts, number: int, rule: HouseRule) -> None:
    """Take a rule in."""
    house.number = number
    match rule:
        case CreateLog():
            house.partitions = rule.partitions
            house.operators.update(each.operator for each in rule.operators)
        case RegisterOperator():
            house.operators.add(rule.operator)
        case RegisterInstrument():
            house.instruments[rule.instrument] = rule
        case RegisterCustodyAccount():
            house.accounts[rule.servicer, rule.account] = rule
        case RegisterClient():
            house.clients[rule.client] = rule.eligible
        case RegisterWallet():
            house.wallets.add((rule.client, rule.chain, rule.address))
        case SetLane():
            house.lanes[rule.instrument, rule.source, rule.destination] = rule
        case RegisterDeliveryDetails():
            house.delivery_details[rule.client, rule.details] = rule
        case _:
            _apply_restriction(house, rule)


def _apply_restriction(house: HouseFacts, rule: HouseRule) -> None:
    match rule:
        case SetLimits():
            house.limits[rule.instrument] = rule.limits
        case SetCollateralRules():
            house.collateral.pop(rule.instrument, None)
            if rule.rules is not None:
                house.collateral[rule.instrument] = rule.rules
        case PlaceWideHold():
            house.holds[digest(encode(["hold", "house_rule", house.number]))] = rule
        case ReleaseWideHold():
            house.holds.pop(rule.hold, None)
        case HoldingsStated():
            house.statements[rule.servicer, rule.account] = rule
        case _:
            pass


def token_of(house: HouseFacts, instrument: str, chain: str) -> Token | None:
    """Return an instrument's token on a chain."""
    terms = house.instruments.get(instrument)
    tokens = () if terms is None else terms.tokens
    return next((token for token in tokens if token.chain == chain), None)


def limits_of(house: HouseFacts, instrument: str) -> Limits | None:
    """Return the limits that stand for an instrument: its own, else everybody's."""
    return house.limits[instrument] if instrument in house.limits else house.limits.get(None)


def means(house: HouseFacts, instrument: str, said: Confirmation) -> bool:
    """Return whether the security that a confirmation names was this instrument on that day."""
    terms = house.instruments.get(instrument)
    return any(
        (alias.scheme, alias.id) == (said.security.scheme, said.security.id)
        and (alias.scheme != "SYMBOL" or alias.servicer == said.servicer)
        and (alias.valid_from is None or alias.valid_from <= said.settled_on)
        and (alias.valid_until is None or said.settled_on < alias.valid_until)
        for alias in (() if terms is None else terms.aliases)
    )
