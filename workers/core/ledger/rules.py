"""House rules as a book knows them: operators, instruments and their aliases, accounts, clients, policy."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from schemas.collateral import CollateralRules
from schemas.confirmation import Security
from schemas.house import (
    Alias,
    CreateLog,
    PlaceWideHold,
    Policy,
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
    SetPolicy,
    Token,
)
from schemas.limits import Limits
from schemas.scopes import OnCustodyAccount
from schemas.statement import HoldingsStated
from workers.core.ids import derive
from workers.core.ledger.scopes import covers

AliasKey = tuple[str, str, str | None]
LaneKey = tuple[str | None, str, str]
"""Instrument (None: those without a rule of their own), source and destination."""


@dataclass(slots=True)
class Rules:
    """The house rules up to `number`; 0 before the log exists."""

    number: int = 0
    log: str | None = None
    partitions: int = 0
    policy: Policy | None = None
    operators: dict[str, str | None] = field(default_factory=dict)
    instruments: dict[str, RegisterInstrument] = field(default_factory=dict)
    tokens: dict[tuple[str, str], Token] = field(default_factory=dict)
    aliases: dict[AliasKey, list[tuple[Alias, str]]] = field(default_factory=dict)
    accounts: dict[tuple[str, str], RegisterCustodyAccount] = field(default_factory=dict)
    clients: dict[str, bool] = field(default_factory=dict)
    wallets: set[tuple[str, str, str]] = field(default_factory=set)
    lanes: dict[LaneKey, SetLane] = field(default_factory=dict)
    holds: dict[str, PlaceWideHold] = field(default_factory=dict)
    limits: dict[str | None, Limits] = field(default_factory=dict)
    collateral: dict[str, CollateralRules] = field(default_factory=dict)
    statements: dict[tuple[str, str], HoldingsStated] = field(default_factory=dict)
    delivery_details: dict[tuple[str, str], RegisterDeliveryDetails] = field(default_factory=dict)

    def resolve(self, security: Security, servicer: str | None, day: str) -> str | None:
        """Return the instrument that an identifier meant on a day (a symbol, at one servicer)."""
        key = alias_key(security.scheme, security.id, servicer)
        for alias, instrument in self.aliases.get(key, ()):
            if (alias.valid_from or "") <= day and (alias.valid_until is None or day < alias.valid_until):
                return instrument
        return None

    def token(self, instrument: str, chain: str) -> Token | None:
        """Return an instrument's token on a chain."""
        return self.tokens.get((instrument, chain))

    def lane(self, instrument: str, source: str, destination: str) -> SetLane | None:
        """Return what operators set for an instrument from one chain to another."""
        own = self.lanes.get((instrument, source, destination))
        return own or self.lanes.get((None, source, destination))

    def covering(
        self,
        *,
        chain: str | None = None,
        client: str | None = None,
        wallet: tuple[str, str] | None = None,
        lane: tuple[str, str] | None = None,
    ) -> list[str]:
        """Return the wide holds that cover something; a scope that is not named is not asked about."""
        if not self.holds:
            return []
        return [
            hold
            for hold, wide in self.holds.items()
            if covers(wide.scope, chain=chain, client=client, wallet=wallet, lane=lane)
        ]

    def held_accounts(self) -> set[tuple[str, str]]:
        """Return the custody accounts, (servicer, account), whose shares nothing may be done with."""
        scopes = (wide.scope for wide in self.holds.values())
        return {(each.servicer, each.account) for each in scopes if isinstance(each, OnCustodyAccount)}

    def limits_of(self, instrument: str) -> Limits | None:
        """Return an instrument's own limits, else those of every one that has none of its own."""
        return self.limits.get(instrument) or self.limits.get(None)


def alias_key(scheme: str, identifier: str, servicer: str | None) -> AliasKey:
    """Return the key of an identifier; only a symbol depends on who says it."""
    return scheme, identifier, servicer if scheme == "SYMBOL" else None


def wide_hold_id(number: int) -> str:
    """Return the hold that the house rule of this number places, the same in every book."""
    return derive("hold", "house_rule", number)


def apply_rule(rules: Rules, number: int, rule: Any) -> None:  # noqa: ANN401 - any member of HouseRule
    """Apply the next house rule."""
    rules.number = number
    _APPLY[type(rule)](rules, rule)


def _create_log(rules: Rules, rule: CreateLog) -> None:
    rules.log = rule.log
    rules.partitions = rule.partitions
    rules.policy = rule.policy
    rules.operators.update((each.operator, each.public_key) for each in rule.operators)


def _register_operator(rules: Rules, rule: RegisterOperator) -> None:
    rules.operators[rule.operator] = rule.public_key


def _register_instrument(rules: Rules, rule: RegisterInstrument) -> None:
    before = rules.instruments.get(rule.instrument)
    for alias in () if before is None else before.aliases:
        key = alias_key(alias.scheme, alias.id, alias.servicer)
        rules.aliases[key] = [each for each in rules.aliases[key] if each[1] != rule.instrument]
    rules.instruments[rule.instrument] = rule
    rules.tokens.update(((rule.instrument, token.chain), token) for token in rule.tokens)
    for alias in rule.aliases:
        key = alias_key(alias.scheme, alias.id, alias.servicer)
        rules.aliases.setdefault(key, []).append((alias, rule.instrument))


def _register_custody_account(rules: Rules, rule: RegisterCustodyAccount) -> None:
    rules.accounts[rule.servicer, rule.account] = rule


def _register_client(rules: Rules, rule: RegisterClient) -> None:
    rules.clients[rule.client] = rule.eligible


def _register_wallet(rules: Rules, rule: RegisterWallet) -> None:
    rules.wallets.add((rule.client, rule.chain, rule.address))


def _register_delivery_details(rules: Rules, rule: RegisterDeliveryDetails) -> None:
    rules.delivery_details[rule.client, rule.details] = rule


def _set_policy(rules: Rules, rule: SetPolicy) -> None:
    rules.policy = rule.policy


def _set_lane(rules: Rules, rule: SetLane) -> None:
    rules.lanes[rule.instrument, rule.source, rule.destination] = rule


def _set_limits(rules: Rules, rule: SetLimits) -> None:
    rules.limits[rule.instrument] = rule.limits


def _set_collateral_rules(rules: Rules, rule: SetCollateralRules) -> None:
    rules.collateral.pop(rule.instrument, None)
    if rule.rules is not None:
        rules.collateral[rule.instrument] = rule.rules


def _place_wide_hold(rules: Rules, rule: PlaceWideHold) -> None:
    rules.holds[wide_hold_id(rules.number)] = rule


def _release_wide_hold(rules: Rules, rule: ReleaseWideHold) -> None:
    # Its time may have come in this book first.
    rules.holds.pop(rule.hold, None)


def _take_statement(rules: Rules, rule: HoldingsStated) -> None:
    # Book 0 decides none that is older than the last: each replaces the one before.
    rules.statements[rule.servicer, rule.account] = rule


_APPLY: dict[type, Callable[[Rules, Any], None]] = {
    CreateLog: _create_log,
    RegisterOperator: _register_operator,
    RegisterInstrument: _register_instrument,
    RegisterCustodyAccount: _register_custody_account,
    RegisterClient: _register_client,
    RegisterWallet: _register_wallet,
    RegisterDeliveryDetails: _register_delivery_details,
    SetPolicy: _set_policy,
    SetLane: _set_lane,
    SetLimits: _set_limits,
    SetCollateralRules: _set_collateral_rules,
    PlaceWideHold: _place_wide_hold,
    ReleaseWideHold: _release_wide_hold,
    HoldingsStated: _take_statement,
}
