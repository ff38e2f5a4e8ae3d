"""What has gone wrong elsewhere, told as it happened, and what this ledger says to it.

Each test is one incident; what a company lost by it stands in its docstring.
"""

from typing import get_args

import pytest
from ledger_specification import Specification, like
from ledger_words import (
    AAPL,
    ACCOUNT,
    CHAIN,
    CLIENT,
    TREASURY,
    WALLET,
    confirmed,
    house,
    instrument,
    issuance_of,
    reference_of,
    requested,
    seen_final,
)

from schemas import amounts
from schemas.events import (
    ConfirmationRepeated,
    HoldPlaced,
    IssuanceRefused,
    IssuanceRepeated,
    MessageParked,
    MessageSetAside,
    MintAuthorized,
    MintFinalized,
    MintRecallRequested,
    ReceiptRepeated,
)
from schemas.house import Order, RegisterWallet, Token


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
    spec.when(seen_final(mint, units=wrong)).then(
        like(MessageSetAside, code="receipt_contradicts"),
        like(HoldPlaced, reason="message_set_aside"),
        like(MintRecallRequested, mint=mint.mint),
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
