"""What is said of an end is said at finality: before it, anything may come back."""

import hashlib

from chain_grounds import Ground, call, send

from workers.chains.base import Chain

MINT = hashlib.sha256(b"mint 1").hexdigest()


def test_a_transaction_that_was_not_sent_is_unknown(ground: Ground, chain: Chain) -> None:
    transaction = chain.sign(ground.account, call(ground, MINT))
    ground.produce_block()
    assert chain.fate(transaction).state == "unknown"


def test_before_finality_a_mint_is_included_and_its_guard_unused(ground: Ground, chain: Chain) -> None:
    transaction = chain.sign(ground.account, call(ground, MINT))
    send(chain, transaction)
    ground.produce_block()
    fate, guard = chain.fate(transaction), chain.guard(MINT)
    assert fate.state == "included"
    assert fate.block is not None
    assert fate.block.height > chain.finalized().height
    assert (guard.state, guard.transaction, guard.base_amount, guard.block) == ("unused", None, None, None)
    assert guard.at == chain.finalized()
    assert chain.supply(ground.token) == 0


def test_before_finality_a_revert_is_not_said_to_be_one(ground: Ground, chain: Chain) -> None:
    transaction = chain.sign(ground.account, call(ground, MINT, 0))
    send(chain, transaction)
    ground.produce_block()
    assert chain.fate(transaction).state == "included"
    ground.finalise()
    assert chain.fate(transaction).state == "reverted"


def test_a_transaction_is_finalized_no_sooner_than_its_block(ground: Ground, chain: Chain) -> None:
    transaction = chain.sign(ground.account, call(ground, MINT))
    send(chain, transaction)
    seen: list[str] = []
    while not seen or seen[-1] != "finalized":
        ground.produce_block()
        fate = chain.fate(transaction)
        assert fate.block is not None
        assert (fate.state == "finalized") == (fate.block.height <= chain.finalized().height)
        assert (chain.guard(MINT).state == "done") == (fate.state == "finalized")
        seen.append(fate.state)
    assert seen[0] == "included"


def test_a_reorg_takes_an_included_mint_back_and_it_can_be_included_again(
    ground: Ground, chain: Chain
) -> None:
    transaction = chain.sign(ground.account, call(ground, MINT))
    send(chain, transaction)
    ground.produce_block()
    first = chain.fate(transaction).block
    ground.reorg(1)
    assert chain.fate(transaction).state == "unknown"
    ground.produce_block()
    assert chain.fate(transaction).state == "included"
    assert chain.fate(transaction).block != first
    ground.finalise()
    assert chain.fate(transaction).state == "finalized"
    assert chain.supply(ground.token) == 1_000


def test_what_a_reorg_lost_can_be_sent_again_and_mints_once(ground: Ground, chain: Chain) -> None:
    transaction = chain.sign(ground.account, call(ground, MINT))
    send(chain, transaction)
    ground.produce_block()
    ground.reorg(1, lose=True)
    ground.produce_block()
    assert chain.fate(transaction).state == "unknown"
    send(chain, transaction)
    ground.finalise()
    assert chain.fate(transaction).state == "finalized"
    assert chain.supply(ground.token) == 1_000


def test_after_a_reorg_the_rival_may_be_the_one_that_acts(ground: Ground, chain: Chain) -> None:
    first = chain.sign(ground.account, call(ground, MINT))
    rival = chain.sign(ground.other_account, call(ground, MINT))
    send(chain, first)
    ground.produce_block()
    ground.reorg(1, lose=True)
    send(chain, rival)
    ground.produce_block()
    send(chain, first)
    ground.finalise()
    assert chain.fate(rival).state == "finalized"
    assert chain.fate(first).state == "reverted"
    assert chain.guard(MINT).transaction == rival.hash
    assert chain.supply(ground.token) == 1_000


def test_a_reorg_never_moves_finality_back(ground: Ground, chain: Chain) -> None:
    ground.finalise()
    ground.finalise()
    before = chain.finalized()
    ground.reorg(2)
    assert chain.finalized().height >= before.height
    ground.produce_block()
    assert chain.finalized().height >= before.height


def test_a_transaction_is_dead_only_when_finality_is_past_its_last_block(
    ground: Ground, chain: Chain
) -> None:
    transaction = chain.sign(ground.account, call(ground, MINT))
    seen = set()
    while transaction.valid_until is not None and chain.finalized().height <= transaction.valid_until:
        seen.add(chain.fate(transaction).state)
        ground.produce_block()
    assert seen <= {"unknown"}
    ground.expire(transaction)
    assert chain.fate(transaction).state == "dead"


def test_a_dead_transaction_stays_dead_when_it_is_sent(ground: Ground, chain: Chain) -> None:
    transaction = chain.sign(ground.account, call(ground, MINT))
    ground.expire(transaction)
    send(chain, transaction)
    ground.finalise()
    assert chain.fate(transaction).state == "dead"
    assert chain.supply(ground.token) == 0


def test_a_transaction_that_acted_is_never_dead(ground: Ground, chain: Chain) -> None:
    transaction = chain.sign(ground.account, call(ground, MINT))
    send(chain, transaction)
    ground.finalise()
    ground.expire(transaction)
    assert chain.fate(transaction).state == "finalized"


def test_while_it_may_be_included_in_its_last_block_it_is_not_dead(ground: Ground, chain: Chain) -> None:
    transaction = chain.sign(ground.account, call(ground, MINT))
    send(chain, transaction)
    ground.produce_block()
    ground.reorg(1, lose=True)
    ground.finalise()
    assert chain.fate(transaction).state == "unknown"
    send(chain, transaction)
    ground.finalise()
    assert chain.fate(transaction).state == "finalized"
