"""What has gone wrong elsewhere, told as it happened, and what this ledger says to it.

Each test is one incident; what a company lost by it stands in its docstring.
"""

from typing import get_args

import pytest
from bridge_words import EIGHT, SIX, book_of, counts, issued
from ledger_specification import Specification, like
from ledger_words import (
    AAPL,
    ACCOUNT,
    BACKING,
    CHAIN,
    CLIENT,
    CUSTODIAN,
    HOUSE_RULES,
    TREASURY,
    WALLET,
    bridged_out,
    confirmed,
    house,
    instrument,
    issuance_of,
    later,
    published,
    reference_of,
    requested,
    seen_final,
    tick,
)
from statement_words import stated

from schemas import amounts
from schemas.collateral import CollateralRules, CustodyPlace
from schemas.events import (
    BridgeCompleted,
    BridgeMintAuthorized,
    BridgeMintFinalized,
    BridgeStarted,
    ConfirmationRepeated,
    HoldPlaced,
    HouseRuleDecided,
    IssuanceFunded,
    IssuanceRefused,
    IssuanceRepeated,
    IssuanceWaits,
    MessageParked,
    MessageSetAside,
    MintAuthorized,
    MintFinalized,
    ReceiptRepeated,
    SightingRepeated,
)
from schemas.house import Order, RegisterWallet, SetCollateralRules, Token


def mint_of(spec: Specification) -> MintAuthorized:
    mint: MintAuthorized = spec.last(MintAuthorized)
    return mint


@pytest.mark.parametrize("decimals", [6, 8, 18])
def test_decimals_mistaken_for_units_mint_nothing_extra(decimals: int) -> None:
    """Paxos minted 300 trillion PYUSD (2025-10-15), Tether 5 billion on Tron (2019): a factor of 10^n.

    What a chain is asked for is computed once, from exact units, and what cannot be said exactly is refused;
    a chain that says another number than was authorized is contradicted and holds the instrument.
    """
    spec = Specification().given(house(terms=instrument(decimals=decimals)))
    spec.given(requested("5"), confirmed("5", owner_id=reference_of()))
    mint = mint_of(spec)
    assert amounts.base_amount(amounts.parse(mint.units), mint.decimals) == 5 * 10**decimals
    with pytest.raises(amounts.NotAnAmount):
        amounts.base_amount(1, 6)  # 10^-18 of a unit is no number of millionths
    wrong = amounts.text(amounts.parse(mint.units) * 10**decimals)
    spec.when(seen_final(mint, units=wrong)).then_among(
        like(MessageSetAside, code="receipt_contradicts"), like(HoldPlaced, reason="message_set_aside")
    )
    assert mint.mint in spec.state.instruments[AAPL].mints


def test_an_amount_with_ten_million_times_too_many_digits_is_no_amount() -> None:
    """The same incidents, at the edge: such a number is refused where it is made, not carried on."""
    with pytest.raises(amounts.NotAnAmount):
        amounts.text(300 * 10**12 * 10**6 * 10**36)


def test_no_role_mints_without_shares() -> None:
    """DGLD: 100 million tokens on Base with no gold behind them (2026-02-23), by a key that was allowed to.

    Nobody here is allowed to: no message, order or request leads to an authorization but by lots.
    """
    spec = Specification().given(house(), requested("100000000"))
    spec.never(MintAuthorized)
    spec.given(confirmed("1", "t0", reference_of(), message_id="m0")).never(MintAuthorized)
    orders = {cls.__name__ for cls in get_args(get_args(Order)[0])}
    assert orders
    assert not [name for name in orders if "Mint" in name], "an order mints"


def test_a_proof_that_anybody_can_forge_is_no_proof() -> None:
    """Hyperbridge: a forged proof was taken for a message of the other chain (2026-04-13).

    A receipt is its signing account's word; the very same words from anybody else are left for people.
    """
    spec = Specification().given(house(), requested("60"), confirmed("60", owner_id=reference_of()))
    spec.when(seen_final(mint_of(spec), sender="bridge-relayer")).then(
        like(MessageParked, code="sender_not_allowed")
    )
    spec.when(seen_final(mint_of(spec), sender=ACCOUNT)).then_among(like(MintFinalized))


def test_a_callback_delivered_twice_at_once_mints_once() -> None:
    """A broker's callback came twice within milliseconds, two workers took one each, both minted.

    The two are two offsets of one partition: the second is decided after the first, and told to be the same.
    """
    callback = confirmed("60", owner_id=reference_of())
    spec = Specification().given(house(), requested("60")).given(callback)
    spec.when(callback).then(like(ConfirmationRepeated))
    spec.when(requested("60")).then(like(IssuanceRepeated, issuance=issuance_of()))
    assert len(spec.all(MintAuthorized)) == 1


def test_a_receipt_told_143_times_counts_once() -> None:
    """Messina and OPUL: one deposit was claimed up to 143 times, because the claim was not used up."""
    spec = Specification().given(house(), requested("60"), confirmed("60", owner_id=reference_of()))
    receipt = seen_final(mint_of(spec))
    spec.given(receipt)
    for _ in range(142):
        spec.when(receipt).then(like(ReceiptRepeated))
    assert spec.state.instruments[AAPL].supply == {CHAIN: 60 * amounts.ONE}


def test_the_backing_is_checked_over_all_chains() -> None:
    """A reserve check saw one chain's supply only: the same shares were spent once on every chain."""
    tokens = tuple(
        Token(chain=chain, token="AAPLx", decimals=18, account=f"{chain}-1")
        for chain in ("ethereum", "solana")
    )
    wallets = [RegisterWallet(client=CLIENT, chain=each.chain, address=WALLET) for each in tokens]
    spec = Specification().given(house(*wallets, terms=instrument(tokens=tokens)))
    spec.given(confirmed("60", account=TREASURY))
    spec.given(requested("60", "r1", chain="ethereum", funding="treasury"))
    spec.given(seen_final(mint_of(spec)))
    spec.when(requested("1", "r2", chain="solana", funding="treasury")).then(like(IssuanceRefused))
    refusal = spec.last(IssuanceRefused).refusal
    assert (refusal.code, refusal.needed, refusal.available) == ("backing_insufficient", "1", "0")


def test_a_bridge_message_told_143_times_mints_once() -> None:
    """Messina and OPUL, on the bridge: what was burned is in flight once, however often it is told."""
    spec = issued().given(bridged_out("40", EIGHT))
    for _ in range(142):
        spec.when(bridged_out("40", EIGHT)).then(like(SightingRepeated))
    assert len(spec.all(BridgeMintAuthorized)) == 1


def test_a_poisoned_endpoint_mints_nothing_on_another_chain() -> None:
    """KelpDAO: 292 million through one verifier and a poisoned endpoint (2026-04-18).

    A burn is the word of the token's own signing account, and of no more than can exist on that chain.
    """
    spec = issued()
    spec.when(bridged_out("40", EIGHT, sender="relayer")).then(like(MessageParked, code="sender_not_allowed"))
    spec.when(bridged_out("292000000", EIGHT)).then_among(
        like(MessageSetAside, code="receipt_contradicts"), like(HoldPlaced)
    )
    spec.never(BridgeStarted)


def test_a_destination_that_cannot_receive_gives_everything_back() -> None:
    """A bridge to Solana was stuck for want of a token account: burned on one side, minted on neither.

    Where a mint can never arrive, and only then, the units are minted again for who burned them.
    """
    spec = issued().when(bridged_out("40", "nowhere"))
    spec.then_among(like(BridgeStarted), like(BridgeMintAuthorized, leg="refund", chain=CHAIN, units="40"))
    spec.when(seen_final(spec.last(BridgeMintAuthorized))).then_among(
        like(BridgeMintFinalized), like(BridgeCompleted, outcome="refunded")
    )
    assert counts(spec) == ({CHAIN: 100 * amounts.ONE}, 0, 0)


def test_a_multiplier_changes_no_units_on_their_way() -> None:
    """A wallet sent four times the shares, and a bridge consumed a message on a multiplier mismatch.

    Units travel, whatever they are worth: one unit burned is one unit minted, at any multiplier.
    """
    spec = issued(multiplier="4").when(bridged_out("10", SIX))
    spec.then_among(like(BridgeMintAuthorized, units="10", multiplier="4"))
    assert book_of(spec).units == 25 * amounts.ONE


def test_evidence_that_is_18_hours_old_backs_nothing_new() -> None:
    """A price or reserve feed was 18 hours stale, and what was minted on it went on as if it were not.

    Where operators say how old a custodian's statement may be, shares that settled wait for a younger one.
    What comes late and is as old, or is one page of two, helps nothing. What exists already is not touched.
    """
    hour = 3_600
    eligible = (CustodyPlace(servicer=CUSTODIAN, account=BACKING),)
    rules = CollateralRules(
        eligible=eligible, ratio_min="1", custodian_share_max=None, statement_age_seconds_max=12 * hour
    )
    spec = Specification().given(house(SetCollateralRules(instrument=AAPL, rules=rules)))

    def hear(hours: int, as_of: int, **page: bool) -> None:
        said = stated(
            later(as_of * hour), (AAPL, "60"), statement_id=str(hours), at=later(hours * hour), **page
        )
        spec.when(said)
        for number, each in enumerate(spec.all(HouseRuleDecided)[1:], HOUSE_RULES + 2):
            spec.given(published(number, each.rule, at=later(hours * hour)))

    hear(0, as_of=0)
    spec.given(requested("60"), confirmed("60", owner_id=reference_of()))
    spec.given(seen_final(mint_of(spec)))

    evening = later(18 * hour)
    spec.given(requested("5", "r2", at=evening))
    spec.when(confirmed("5", "t2", reference_of("r2"), at=evening, message_id="m2"))
    spec.then_among(like(IssuanceFunded), like(IssuanceWaits, why="statement_age")).never(MintAuthorized)
    stale = spec.last(IssuanceWaits).statement
    assert (stale.account, stale.as_of) == (BACKING, later(0))
    assert (stale.age_seconds, stale.age_seconds_max) == (18 * hour, 12 * hour)

    hear(19, as_of=1)
    spec.when(tick(later(19 * hour))).never(MintAuthorized)
    hear(20, as_of=20, last_page=False)
    spec.when(tick(later(20 * hour))).never(MintAuthorized)
    hear(21, as_of=20)
    spec.when(tick(later(21 * hour))).then_among(like(MintAuthorized, shares_in="5"))
    assert spec.state.instruments[AAPL].supply == {CHAIN: 60 * amounts.ONE}
