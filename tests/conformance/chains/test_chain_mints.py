"""A mint id acts once, whatever is sent, and says what its first use was."""

import dataclasses
import hashlib

import pytest
from chain_grounds import Ground, call, send

from workers.chains.base import Chain, ChainError

MINT = hashlib.sha256(b"mint 1").hexdigest()
OTHER_MINT = hashlib.sha256(b"mint 2").hexdigest()


def test_a_mint_acts_and_its_guard_says_by_which_transaction_how_much_and_where(
    ground: Ground, chain: Chain
) -> None:
    transaction = chain.sign(ground.account, call(ground, MINT, 1_234))
    send(chain, transaction)
    ground.finalise()
    fate, guard = chain.fate(transaction), chain.guard(MINT)
    assert fate.state == "finalized"
    assert (guard.state, guard.transaction, guard.base_amount) == ("done", transaction.hash, 1_234)
    assert guard.block == fate.block
    assert guard.block is not None
    assert guard.block.height <= guard.at.height
    assert chain.supply(ground.token) == 1_234


def test_the_same_bytes_sent_twice_mint_once(ground: Ground, chain: Chain) -> None:
    transaction = chain.sign(ground.account, call(ground, MINT))
    send(chain, transaction)
    send(chain, transaction)
    ground.produce_block()
    send(chain, transaction)
    ground.finalise()
    send(chain, transaction)
    ground.finalise()
    assert chain.fate(transaction).state == "finalized"
    assert chain.supply(ground.token) == 1_000


def test_of_two_transactions_for_one_mint_id_the_second_reverts_and_names_the_first(
    ground: Ground, chain: Chain
) -> None:
    first = chain.sign(ground.account, call(ground, MINT))
    second = ground.chain().sign(ground.other_account, call(ground, MINT))
    send(chain, first)
    ground.produce_block()
    send(chain, second)
    ground.finalise()
    fate = chain.fate(second)
    assert chain.fate(first).state == "finalized"
    assert fate.state == "reverted"
    assert fate.detail is not None
    assert first.hash in fate.detail
    assert chain.guard(MINT).transaction == first.hash
    assert chain.supply(ground.token) == 1_000


def test_two_transactions_for_one_mint_id_in_one_block_mint_once(ground: Ground, chain: Chain) -> None:
    rivals = [
        chain.sign(ground.account, call(ground, MINT)),
        chain.sign(ground.other_account, call(ground, MINT)),
    ]
    for rival in rivals:
        send(chain, rival)
    ground.finalise()
    assert sorted(chain.fate(rival).state for rival in rivals) == ["finalized", "reverted"]
    assert chain.supply(ground.token) == 1_000


def test_a_mint_that_reverts_leaves_its_guard_unused_and_may_be_tried_again(
    ground: Ground, chain: Chain
) -> None:
    late = chain.sign(ground.account, call(ground, MINT, deadline=ground.now() - 1))
    send(chain, late)
    ground.finalise()
    assert chain.fate(late).state == "reverted"
    assert chain.guard(MINT).state == "unused"
    again = chain.sign(ground.account, call(ground, MINT))
    send(chain, again)
    ground.finalise()
    assert chain.fate(again).state == "finalized"


def test_a_mint_of_nothing_never_acts(ground: Ground, chain: Chain) -> None:
    transaction = chain.sign(ground.account, call(ground, MINT, 0))
    send(chain, transaction)
    ground.finalise()
    assert chain.fate(transaction).state == "reverted"
    assert chain.guard(MINT).state == "unused"
    assert chain.supply(ground.token) == 0


def test_a_mint_of_an_unknown_token_never_acts(ground: Ground, chain: Chain) -> None:
    wrong = dataclasses.replace(call(ground, MINT), token=ground.unknown_token)
    transaction = chain.sign(ground.account, wrong)
    send(chain, transaction)
    ground.finalise()
    assert chain.fate(transaction).state == "reverted"
    assert chain.guard(MINT).state == "unused"


def test_the_supply_of_an_unknown_token_is_not_zero_but_refused(ground: Ground, chain: Chain) -> None:
    with pytest.raises(ChainError):
        chain.supply(ground.unknown_token)


def test_the_supply_is_the_sum_of_the_mints_that_acted(ground: Ground, chain: Chain) -> None:
    base_amounts = [1, 10**18, 123_456_789, 10**30]
    for number, base_amount in enumerate(base_amounts):
        mint = hashlib.sha256(f"mint {number}".encode()).hexdigest()
        for account in (ground.account, ground.other_account):
            send(chain, chain.sign(account, call(ground, mint, base_amount)))
    ground.finalise()
    assert chain.supply(ground.token) == sum(base_amounts)


def test_signing_sends_nothing_and_signing_twice_gives_other_bytes(ground: Ground, chain: Chain) -> None:
    first = chain.sign(ground.account, call(ground, MINT))
    second = chain.sign(ground.account, call(ground, MINT))
    assert first.data != second.data
    assert first.hash != second.hash
    ground.finalise()
    assert chain.fate(first).state == chain.fate(second).state == "unknown"
    assert chain.supply(ground.token) == 0


def test_altered_bytes_are_never_included(ground: Ground, chain: Chain) -> None:
    transaction = chain.sign(ground.account, call(ground, MINT, 7))
    data = transaction.data
    altered = [
        *(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :] for at in range(0, len(data), 5)),
        data[:-1],
        data + b" ",
        b"",
    ]
    for attempt in altered:
        send(chain, dataclasses.replace(transaction, data=attempt))
    ground.finalise()
    assert chain.fate(transaction).state == "unknown"
    assert chain.guard(MINT).state == "unused"
    assert chain.supply(ground.token) == 0


def test_every_client_of_the_network_sees_the_same(ground: Ground, chain: Chain) -> None:
    transaction = chain.sign(ground.account, call(ground, MINT))
    send(chain, transaction)
    ground.finalise()
    other = ground.chain()
    assert other.fate(transaction) == chain.fate(transaction)
    assert other.guard(MINT) == chain.guard(MINT)
    assert other.finalized() == chain.finalized()
    assert other.guard(OTHER_MINT).state == "unused"
