"""The simulated network: its blocks, its hashes, its time, and the truth that it shows to tests."""

import hashlib
import threading
from random import Random

import pytest
from simulated_worlds import DEPTH_BLOCKS, NOON, blocks, call, client, genesis, in_memory

from workers.chains.base import Block, ChainRefused, ChainUnavailable
from workers.chains.simulated import Driver, Genesis, Network

STEP_MILLISECONDS = 200


def heights(network: Network) -> list[Block]:
    return [network.block(height) for height in range(network.tip().height + 1)]


def test_blocks_have_contiguous_heights_times_that_never_go_back_and_hashes_of_their_own() -> None:
    network = in_memory()
    chain = client(network)
    for number, timestamp in enumerate([NOON + 5, NOON + 1, NOON + 9]):
        chain.broadcast(chain.sign("minter-1", call(f"mint {number}")).data)
        network.produce_block(timestamp)
    network.pass_quietly(3, STEP_MILLISECONDS)
    seen = heights(network)
    assert [block.height for block in seen] == list(range(7))
    assert [block.timestamp - NOON for block in seen] == [0, 5, 5, 9, 9, 9, 9]
    assert len({block.hash for block in seen}) == 7


def test_another_content_is_another_hash() -> None:
    hashes = set()
    for mint in ("mint 1", "mint 2"):
        network = in_memory()
        chain = client(network)
        chain.broadcast(chain.sign("minter-1", call(mint)).data)
        hashes.add(network.produce_block(NOON + 1).hash)
    hashes.add(in_memory().produce_block(NOON + 1).hash)
    hashes.add(Network(genesis(name="another")).produce_block(NOON + 1).hash)
    assert len(hashes) == 4


def test_what_replaces_a_dropped_block_has_another_hash_even_where_nothing_differs() -> None:
    network = in_memory()
    network.produce_block(NOON + 1)
    network.pass_quietly(3, STEP_MILLISECONDS)
    before = heights(network)
    network.reorg(2)
    network.pass_quietly(2, STEP_MILLISECONDS)
    after = heights(network)
    assert [b.timestamp for b in before] == [b.timestamp for b in after]
    assert before[:3] == after[:3]
    assert not {b.hash for b in before[3:]} & {b.hash for b in after[3:]}


def test_a_final_block_is_never_dropped() -> None:
    network = in_memory()
    blocks(network, 10)
    kept = heights(network)
    with pytest.raises(ValueError, match="is final"):
        network.reorg(DEPTH_BLOCKS + 1)
    assert heights(network) == kept
    network.reorg(DEPTH_BLOCKS)
    assert network.tip() == network.finalized() == kept[6]


def test_a_reorg_gives_transactions_back_in_their_order_or_another() -> None:
    orders = set()
    for shuffled_by in (None, Random(1), Random(2)):
        network = in_memory()
        chain = client(network)
        sent = [chain.sign("minter-1", call(f"mint {number}")) for number in range(6)]
        for transaction in sent:
            chain.broadcast(transaction.data)
        network.produce_block(NOON + 1)
        network.reorg(1, shuffled_by=shuffled_by)
        assert set(network.mempool()) == {transaction.hash for transaction in sent}
        orders.add(network.mempool())
    assert len(orders) == 3


def test_quiet_blocks_are_as_one_by_one_however_many_are_passed_at_once() -> None:
    together, apart = in_memory(), in_memory()
    together.pass_quietly(50, STEP_MILLISECONDS)
    for _ in range(50):
        apart.pass_quietly(1, STEP_MILLISECONDS)
    assert heights(together) == heights(apart)
    assert together.finalized() == apart.finalized()


def test_the_mints_are_those_that_acted_on_the_canonical_chain() -> None:
    network = in_memory()
    chain = client(network)
    kept = chain.sign("minter-1", call("kept", 5))
    lost = chain.sign("minter-1", call("lost", 6))
    for data in (
        kept.data,
        chain.sign("minter-2", call("kept", 7)).data,
        chain.sign_cancel("minter-1", "x").data,
    ):
        chain.broadcast(data)
    network.produce_block(NOON + 1)
    chain.broadcast(lost.data)
    network.produce_block(NOON + 2)
    assert [effect.operation for effect in network.operations()] == ["kept", "lost"]
    network.reorg(1, lost={lost.hash})
    (effect,) = network.operations()
    assert (effect.token, effect.recipient, effect.base_amount) == ("TSLAx", "wallet-1", 5)
    assert (effect.transaction, effect.block) == (kept.hash, network.tip())


def test_balances_and_supplies_are_those_of_the_final_mints() -> None:
    network = in_memory()
    chain = client(network)
    for number, token in enumerate(["TSLAx", "AAPLx", "TSLAx"]):
        chain.broadcast(chain.sign("minter-1", call(f"mint {number}", 10**number, token=token)).data)
    blocks(network, 1 + DEPTH_BLOCKS)
    assert (chain.supply("TSLAx"), chain.supply("AAPLx")) == (101, 10)
    assert (network.balance("TSLAx", "wallet-1"), network.balance("TSLAx", "wallet-2")) == (101, 0)


def test_a_token_that_is_deployed_exists_at_finality_and_once() -> None:
    network = in_memory()
    chain = client(network)
    with pytest.raises(ChainRefused):
        chain.supply("NVDAx")
    network.deploy("NVDAx")
    network.deploy("NVDAx")
    assert len(network.mempool()) == 1
    blocks(network, 1)
    network.deploy("NVDAx")
    assert network.mempool() == ()
    with pytest.raises(ChainUnavailable):
        chain.supply("NVDAx")
    blocks(network, DEPTH_BLOCKS)
    assert chain.supply("NVDAx") == 0


def test_an_unknown_account_can_neither_sign_nor_send() -> None:
    network = in_memory()
    stranger = Network(
        Genesis(name="simulated", accounts={"stranger": b"k"}, tokens=("TSLAx",), finality_depth_blocks=1)
    )
    with pytest.raises(ChainRefused, match="not known"):
        client(network).sign("stranger", call("mint 1"))
    forged = client(stranger).sign("stranger", call("mint 1"))
    with pytest.raises(ChainRefused, match="not known"):
        client(network).broadcast(forged.data)


def test_a_known_account_under_another_key_is_refused() -> None:
    impostor = Network(
        Genesis(name="simulated", accounts={"minter-1": b"guess"}, tokens=("TSLAx",), finality_depth_blocks=1)
    )
    forged = client(impostor).sign("minter-1", call("mint 1"))
    with pytest.raises(ChainRefused, match="signature"):
        client(in_memory()).broadcast(forged.data)


def test_a_transaction_of_another_chain_is_refused() -> None:
    elsewhere = client(Network(genesis(name="another"))).sign("minter-1", call("mint 1"))
    with pytest.raises(ChainRefused, match="for chain 'another'"):
        client(in_memory()).broadcast(elsewhere.data)


def test_what_has_no_encoding_is_refused_when_it_is_signed() -> None:
    chain = client(in_memory())
    with pytest.raises(ChainRefused, match="no encoding"):
        chain.sign("minter-1", call("half a pair \ud800"))


def test_every_altered_byte_makes_a_transaction_refused() -> None:
    network = in_memory()
    chain = client(network)
    data = chain.sign("minter-1", call("mint 1")).data
    altered = [
        data[:at] + bytes([data[at] ^ flip]) + data[at + 1 :] for at in range(len(data)) for flip in (1, 32)
    ]
    for attempt in [*altered, data[:-1], data + b"\n", b"", b"\xff", b"{}", b"x" * 100_000]:
        with pytest.raises(ChainRefused):
            chain.broadcast(attempt)
    assert network.mempool() == ()


@pytest.mark.parametrize("base_amount", [0, -1, -(10**30), 10**78])
def test_an_amount_that_no_token_can_have_reverts(base_amount: int) -> None:
    network = in_memory()
    chain = client(network)
    transaction = chain.sign("minter-1", call("mint 1", base_amount))
    chain.broadcast(transaction.data)
    blocks(network, 1 + DEPTH_BLOCKS)
    assert chain.fate(transaction).state == "reverted"
    assert network.operations() == []


def test_amounts_and_deadlines_beyond_64_bits_are_exact() -> None:
    network = in_memory()
    chain = client(network)
    chain.broadcast(chain.sign("minter-1", call("mint 1", 10**77 + 1, deadline=10**30)).data)
    blocks(network, 1 + DEPTH_BLOCKS)
    assert chain.guard("mint 1").base_amount == chain.supply("TSLAx") == 10**77 + 1


def test_threads_share_a_network() -> None:
    network = in_memory()

    def mint_all(account: str) -> None:
        chain = client(network, seed=int(account[-1]), validity_blocks=10_000)
        for number in range(50):
            chain.broadcast(chain.sign(account, call(f"mint {number}")).data)
            blocks(network, 1)
            chain.guard(f"mint {number}")

    threads = [threading.Thread(target=mint_all, args=(account,)) for account in ("minter-1", "minter-2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    blocks(network, 1 + DEPTH_BLOCKS)
    assert len(network.operations()) == 50
    assert client(network).supply("TSLAx") == 50 * 1_000


def test_an_expired_transaction_leaves_the_mempool_and_is_refused() -> None:
    network = in_memory()
    chain = client(network, validity_blocks=2)
    transaction = chain.sign("minter-1", call("mint 1"))
    chain.broadcast(transaction.data)
    for _ in range(2):
        network.produce_block(NOON + 1, include=())
    assert network.mempool() == ()
    with pytest.raises(ChainRefused, match="valid until block 2"):
        chain.broadcast(transaction.data)


def test_a_chain_needs_an_account_and_a_finality_behind_its_tip() -> None:
    with pytest.raises(ValueError, match="account"):
        Genesis(name="simulated", accounts={}, tokens=(), finality_depth_blocks=1)
    with pytest.raises(ValueError, match="ahead"):
        Genesis(name="simulated", accounts={"a": b""}, tokens=(), finality_depth_blocks=-1)


def test_the_driver_makes_the_blocks_that_are_due_and_no_more() -> None:
    network = in_memory()
    driver = Driver(network, block_time_milliseconds=400, idle_step_milliseconds=1000)
    assert driver.advance_to(NOON + 0.9) == 0
    assert driver.advance_to(NOON + 1.3) == 3
    assert (network.tip().height, network.tip_milliseconds()) == (3, NOON * 1000 + 1200)
    assert driver.advance_to(NOON - 5) == 0


def test_the_driver_includes_what_waits_in_the_next_block_and_makes_it_final_at_block_time() -> None:
    network = in_memory()
    chain = client(network)
    driver = Driver(network, block_time_milliseconds=400)
    transaction = chain.sign("minter-1", call("mint 1"))
    chain.broadcast(transaction.data)
    states = []
    for step in range(1, 7):
        assert driver.advance_to(NOON + 0.4 * step) == (1 if step < 6 else 0)
        states.append(chain.fate(transaction).state)
    assert states == ["included"] * 4 + ["finalized"] * 2


def test_weeks_of_standstill_cost_the_driver_one_step_and_let_deadlines_pass() -> None:
    network = in_memory()
    driver = Driver(network, block_time_milliseconds=200)
    weeks = 10 * 7 * 86_400
    assert driver.advance_to(NOON + weeks) == weeks * 5
    assert network.finalized().timestamp >= NOON + weeks - 1
    assert len(network._machine.chain.history.sealed()) == 1


def test_an_idle_run_grows_neither_history_nor_anything_else() -> None:
    network = in_memory()
    chain = client(network)
    driver = Driver(network, block_time_milliseconds=200)
    chain.broadcast(chain.sign("minter-1", call("mint 1")).data)
    for tick in range(5_000):
        driver.advance_to(NOON + tick * 0.2)
    assert network.tip().height > 4_900
    assert len(network._machine.chain.history.sealed()) == 2
    assert network.idle()
    assert chain.supply("TSLAx") == 1_000


def test_the_same_steps_give_the_same_chain() -> None:
    digests = set()
    for _ in range(2):
        network = in_memory()
        chain = client(network)
        for number in range(20):
            chain.broadcast(chain.sign("minter-1", call(f"mint {number}")).data)
            blocks(network, 1)
            if number % 5 == 4:
                network.reorg(2, shuffled_by=Random(number))
        blocks(network, 1)
        digests.add(hashlib.sha256(repr((heights(network), network.operations())).encode()).hexdigest())
    assert len(digests) == 1
