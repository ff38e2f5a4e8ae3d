"""The two ways in which a mint that did not act can be closed: its deadline, and the guard's cancellation."""

import hashlib

from chain_grounds import Ground, call, send

from workers.chains.base import Chain

MINT = hashlib.sha256(b"mint 1").hexdigest()


def test_a_mint_acts_in_a_block_at_its_deadline(ground: Ground, chain: Chain) -> None:
    transaction = chain.sign(ground.account, call(ground, MINT, deadline=ground.now() + 60))
    send(chain, transaction)
    ground.pass_time(60)
    ground.finalise()
    assert chain.fate(transaction).state == "finalized"


def test_a_mint_past_its_deadline_never_acts(ground: Ground, chain: Chain) -> None:
    transaction = chain.sign(ground.account, call(ground, MINT, deadline=ground.now() + 60))
    send(chain, transaction)
    ground.pass_time(61)
    ground.finalise()
    guard = chain.guard(MINT)
    assert chain.fate(transaction).state == "reverted"
    assert guard.state == "unused"
    assert guard.at.timestamp > ground.now() - 61
    assert chain.supply(ground.token) == 0


def test_a_final_block_past_the_deadline_with_the_guard_unused_closes_the_mint(
    ground: Ground, chain: Chain
) -> None:
    deadline = ground.now() + 60
    transaction = chain.sign(ground.account, call(ground, MINT, deadline=deadline))
    ground.pass_time(61)
    ground.finalise()
    guard = chain.guard(MINT)
    assert guard.state == "unused"
    assert guard.at.timestamp > deadline
    send(chain, transaction)
    ground.finalise()
    assert chain.guard(MINT).state == "unused"
    assert chain.supply(ground.token) == 0


def test_a_cancelled_guard_is_cancelled_at_finality_only(ground: Ground, chain: Chain) -> None:
    cancel = chain.sign_cancel(ground.account, MINT)
    send(chain, cancel)
    ground.produce_block()
    assert chain.fate(cancel).state == "included"
    assert chain.guard(MINT).state == "unused"
    ground.finalise()
    guard = chain.guard(MINT)
    assert chain.fate(cancel).state == "finalized"
    assert (guard.state, guard.base_amount) == ("cancelled", None)


def test_a_mint_after_its_cancellation_never_acts(ground: Ground, chain: Chain) -> None:
    cancel = chain.sign_cancel(ground.account, MINT)
    mint = chain.sign(ground.other_account, call(ground, MINT))
    send(chain, cancel)
    ground.produce_block()
    send(chain, mint)
    ground.finalise()
    fate = chain.fate(mint)
    assert fate.state == "reverted"
    assert fate.detail is not None
    assert cancel.hash in fate.detail
    assert chain.guard(MINT).state == "cancelled"
    assert chain.supply(ground.token) == 0


def test_a_cancellation_after_the_mint_reverts_and_the_mint_stands(ground: Ground, chain: Chain) -> None:
    mint = chain.sign(ground.account, call(ground, MINT))
    cancel = chain.sign_cancel(ground.other_account, MINT)
    send(chain, mint)
    ground.produce_block()
    send(chain, cancel)
    ground.finalise()
    assert chain.fate(cancel).state == "reverted"
    assert chain.guard(MINT).state == "done"
    assert chain.supply(ground.token) == 1_000


def test_a_second_cancellation_reverts(ground: Ground, chain: Chain) -> None:
    first = chain.sign_cancel(ground.account, MINT)
    second = chain.sign_cancel(ground.other_account, MINT)
    send(chain, first)
    ground.produce_block()
    send(chain, second)
    ground.finalise()
    assert chain.fate(second).state == "reverted"
    assert chain.guard(MINT).transaction in {None, first.hash}


def test_a_reorg_can_let_the_mint_win_over_its_cancellation(ground: Ground, chain: Chain) -> None:
    cancel = chain.sign_cancel(ground.account, MINT)
    mint = chain.sign(ground.other_account, call(ground, MINT))
    send(chain, cancel)
    ground.produce_block()
    ground.reorg(1, lose=True)
    send(chain, mint)
    ground.produce_block()
    send(chain, cancel)
    ground.finalise()
    assert chain.fate(cancel).state == "reverted"
    assert chain.guard(MINT).state == "done"
