"""Every fault does what its name says, is counted, and never lies at finality; a seed is a run."""

from collections import Counter
from collections.abc import Callable
from random import Random

import pytest
from simulated_worlds import DEPTH_BLOCKS, NOON, blocks, call, client, in_memory, storm

from workers.chains.base import ChainError, ChainRefused, ChainUnavailable, SignedTransaction
from workers.chains.simulated import BlockProducer, Fault, FaultPlan, Faults, Network


def always(*faults: Fault) -> Faults:
    return Faults(Random(3), FaultPlan(rates=dict.fromkeys(faults, 1.0)))


def signed(network: Network, mint: str = "mint 1") -> SignedTransaction:
    return client(network, seed=9).sign("minter-1", call(mint))


def test_a_broadcast_that_is_unavailable_took_nothing() -> None:
    network = in_memory()
    faults = always(Fault.BROADCAST_UNAVAILABLE)
    with pytest.raises(ChainUnavailable):
        client(network, faults=faults).broadcast(signed(network).data)
    assert network.mempool() == ()
    assert faults.counts == Counter(broadcast_unavailable=1)


def test_a_lost_broadcast_answers_well_and_never_arrives() -> None:
    network = in_memory()
    faults = always(Fault.BROADCAST_LOST)
    client(network, faults=faults).broadcast(signed(network).data)
    blocks(network, 20)
    assert network.operations() == []
    assert faults.counts == Counter(broadcast_lost=1)


def test_a_delayed_broadcast_arrives_some_blocks_later() -> None:
    network = in_memory()
    faults = always(Fault.BROADCAST_DELAYED)
    transaction = signed(network)
    client(network, faults=faults).broadcast(transaction.data)
    assert network.mempool() == ()
    assert not network.idle()
    blocks(network, 1 + faults.plan.delay_blocks_max)
    assert [effect.transaction for effect in network.operations()] == [transaction.hash]
    assert network.operations()[0].block.height > 1
    assert faults.counts == Counter(broadcast_delayed=1)


def test_a_duplicated_broadcast_arrives_again_after_a_reorg_lost_it_and_mints_once() -> None:
    network = in_memory()
    faults = always(Fault.BROADCAST_DUPLICATED)
    transaction = signed(network)
    client(network, faults=faults).broadcast(transaction.data)
    blocks(network, 1)
    network.reorg(1, lost={transaction.hash})
    blocks(network, 2 + faults.plan.delay_blocks_max)
    assert [effect.transaction for effect in network.operations()] == [transaction.hash]
    assert faults.counts == Counter(broadcast_duplicated=1)


def test_a_delayed_broadcast_that_is_past_its_height_is_not_included() -> None:
    network = in_memory()
    faults = always(Fault.BROADCAST_DELAYED)
    late = client(network, validity_blocks=1).sign("minter-1", call("mint 1"))
    client(network, faults=faults).broadcast(late.data)
    blocks(network, 20)
    assert network.operations() == []


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        (Fault.BROADCAST_ACCEPTED_BUT_REFUSED, ChainRefused),
        (Fault.BROADCAST_ACCEPTED_BUT_UNAVAILABLE, ChainUnavailable),
    ],
)
def test_a_broadcast_can_be_accepted_and_the_answer_an_error(fault: Fault, answer: type[ChainError]) -> None:
    network = in_memory()
    faults = always(fault)
    transaction = signed(network)
    with pytest.raises(answer):
        client(network, faults=faults).broadcast(transaction.data)
    assert network.mempool() == (transaction.hash,)
    assert faults.counts == Counter({fault.value: 1})


def test_every_read_can_be_unavailable_and_changes_nothing() -> None:
    network = in_memory()
    faults = always(Fault.READ_UNAVAILABLE)
    chain = client(network, faults=faults)
    transaction = signed(network)
    reads: list[Callable[[], object]] = [
        chain.finalized,
        lambda: chain.fate(transaction),
        lambda: chain.guard("mint 1"),
        lambda: chain.supply("TSLAx"),
        lambda: chain.sign("minter-1", call("mint 1")),
        lambda: chain.sign_cancel("minter-1", "mint 1"),
    ]
    for read in reads:
        with pytest.raises(ChainUnavailable):
            read()
    assert faults.counts == Counter(read_unavailable=len(reads))


def test_an_inclusion_can_be_unseen_until_it_is_final_and_no_longer() -> None:
    network = in_memory()
    faults = always(Fault.INCLUSION_UNSEEN)
    chain = client(network, faults=faults)
    transaction = signed(network)
    network.accept(transaction.data)
    blocks(network, 1)
    assert client(network).fate(transaction).state == "included"
    assert chain.fate(transaction).state == "unknown"
    assert faults.counts == Counter(inclusion_unseen=1)
    blocks(network, DEPTH_BLOCKS)
    assert chain.fate(transaction).state == "finalized"


def test_a_claimed_inclusion_is_in_a_block_that_is_not_final_and_vanishes() -> None:
    network = in_memory()
    faults = always(Fault.INCLUSION_CLAIMED)
    chain = client(network, faults=faults)
    transaction = signed(network)
    fate = chain.fate(transaction)
    assert fate.state == "included"
    assert fate.block is not None
    assert fate.block.height > chain.finalized().height
    blocks(network, 1)
    assert network.block(fate.block.height) != fate.block
    assert faults.counts == Counter(inclusion_claimed=1)
    blocks(network, 20)
    assert chain.fate(transaction).state == "dead"


def test_a_final_view_that_lags_says_what_was_true_at_an_older_final_block() -> None:
    network = in_memory()
    faults = always(Fault.FINAL_VIEW_LAGS)
    chain = client(network, faults=faults)
    transaction = signed(network)
    network.accept(transaction.data)
    blocks(network, 1 + DEPTH_BLOCKS)
    assert chain.finalized() == network.block(0)
    assert chain.guard("mint 1").state == "unused"
    assert chain.guard("mint 1").at == network.block(0)
    assert chain.fate(transaction).state == "included"
    blocks(network, faults.plan.lag_blocks_max)
    assert chain.guard("mint 1").state == "done"
    assert chain.fate(transaction).state == "finalized"


def test_a_dropped_transaction_leaves_the_mempool_before_the_block() -> None:
    network = in_memory()
    faults = always(Fault.MEMPOOL_DROPPED)
    transaction = signed(network)
    network.accept(transaction.data)
    BlockProducer(network, faults).produce_block(NOON + 1)
    assert network.inclusion(transaction.hash) is None
    assert network.mempool() == ()
    assert faults.counts == Counter(mempool_dropped=1)


def test_a_reordered_mempool_is_executed_in_another_order() -> None:
    network = in_memory()
    faults = always(Fault.MEMPOOL_REORDERED)
    arrived = [signed(network, f"mint {number}") for number in range(8)]
    for transaction in arrived:
        network.accept(transaction.data)
    BlockProducer(network, faults).produce_block(NOON + 1)
    executed = [effect.operation for effect in network.operations()]
    assert sorted(executed) == [f"mint {number}" for number in range(8)]
    assert executed != sorted(executed)
    assert faults.counts == Counter(mempool_reordered=1)


def test_a_block_can_leave_out_what_waits() -> None:
    network = in_memory()
    faults = always(Fault.BLOCK_WITHOUT_TRANSACTIONS)
    transaction = signed(network)
    network.accept(transaction.data)
    producer = BlockProducer(network, faults)
    producer.produce_block(NOON + 1)
    assert network.mempool() == (transaction.hash,)
    assert faults.counts == Counter(block_without_transactions=1)
    faults.calm()
    producer.produce_block(NOON + 2)
    assert network.mempool() == ()


def test_a_jump_of_the_time_goes_forward_and_never_back() -> None:
    network = in_memory()
    faults = always(Fault.TIMESTAMP_JUMPED)
    producer = BlockProducer(network, faults)
    jumped = producer.produce_block(NOON + 1).timestamp
    assert NOON + 1 < jumped <= NOON + 1 + faults.plan.jump_seconds_max
    faults.calm()
    assert producer.produce_block(NOON + 2).timestamp == jumped
    assert faults.counts == Counter(timestamp_jumped=1)


def test_finality_stands_still_for_some_blocks_and_catches_up() -> None:
    network = in_memory()
    faults = always(Fault.FINALITY_STALLED)
    producer = BlockProducer(network, faults)
    blocks(network, DEPTH_BLOCKS)
    producer.produce_block(NOON + 20)
    assert network.finalized().height == 0
    faults.calm()
    for _ in range(faults.plan.stall_blocks_max):
        producer.produce_block(NOON + 20)
    assert network.finalized().height == network.tip().height - DEPTH_BLOCKS
    assert faults.counts == Counter(finality_stalled=1)


def test_a_reorg_stays_above_finality_and_gives_transactions_back() -> None:
    network = in_memory()
    faults = always(Fault.REORG, Fault.BLOCK_WITHOUT_TRANSACTIONS)
    blocks(network, 10)
    final = network.finalized()
    transaction = signed(network)
    network.accept(transaction.data)
    network.produce_block(NOON + 20)
    BlockProducer(network, faults).produce_block(NOON + 20)
    assert network.mempool() == (transaction.hash,)
    assert network.block(final.height) == final
    assert faults.counts == Counter(reorg=1, block_without_transactions=1)


def test_a_reorg_can_lose_transactions_for_good() -> None:
    network = in_memory()
    faults = always(Fault.REORG, Fault.REORG_LOST_TRANSACTION)
    transaction = signed(network)
    network.accept(transaction.data)
    blocks(network, 1)
    BlockProducer(network, faults).produce_block(NOON + 20)
    assert network.mempool() == ()
    assert network.inclusion(transaction.hash) is None
    assert faults.counts == Counter(reorg=1, reorg_lost_transaction=1)


def test_the_same_seed_gives_the_same_run_and_another_seed_another() -> None:
    shown = []
    for seed in (5, 5, 6):
        network = in_memory()
        run = storm(network, seed)
        shown.append((network.tip(), network.finalized(), network.operations(), run.sent, run.faults.counts))
    assert shown[0] == shown[1]
    assert shown[0] != shown[2]


def test_in_a_storm_every_fault_happens_and_every_mint_id_acts_at_most_once() -> None:
    counts: Counter[str] = Counter()
    for seed in range(4):
        network = in_memory()
        run = storm(network, seed)
        counts += run.faults.counts
        run.faults.calm()
        for _ in range(2 * DEPTH_BLOCKS + 24):
            network.produce_block(network.tip().timestamp)
        acted = Counter(effect.operation for effect in network.operations())
        assert acted
        assert set(acted.values()) == {1}
        assert run.chain.supply("TSLAx") == 1_000 * len(acted)
        ends = Counter(run.chain.fate(transaction).state for transaction in run.sent)
        assert set(ends) <= {"finalized", "reverted", "dead"}
        assert ends["finalized"] == len(acted)
    assert set(counts) == {fault.value for fault in Fault}


def test_calm_switches_every_fault_off_and_keeps_the_counts() -> None:
    faults = Faults(Random(1), FaultPlan.everything(1.0))
    assert all(faults.happens(fault) for fault in Fault)
    faults.calm()
    assert not any(faults.happens(fault) for fault in Fault)
    assert faults.counts == Counter({fault.value: 1 for fault in Fault})


def test_clients_of_one_network_have_faults_of_their_own() -> None:
    network = in_memory()
    blind = client(network, faults=always(Fault.READ_UNAVAILABLE))
    with pytest.raises(ChainUnavailable):
        blind.finalized()
    assert client(network).finalized().height == 0
