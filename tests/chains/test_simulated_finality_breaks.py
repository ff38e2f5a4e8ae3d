"""A chain that breaks its own finality: what was final is gone, and nothing of it stays behind."""

from pathlib import Path

import pytest
from simulated_worlds import DEPTH_BLOCKS, NOON, call, client, genesis, in_memory

from workers.chains.simulated import Network, SqliteStore

TOKEN = "TSLAx"


def final_mint(network: Network) -> str:
    """Return a mint's transaction that is final, above the block that made the tokens."""
    network.produce_block(NOON + 1)
    chain = client(network)
    signed = chain.sign("minter-1", call("mint 1"))
    chain.broadcast(signed.data)
    for step in range(DEPTH_BLOCKS + 1):
        network.produce_block(NOON + 2 + step)
    assert chain.guard("mint 1").state == "done"
    return signed.hash


def block_of(network: Network, transaction: str) -> int:
    found = network.inclusion(transaction)
    assert found is not None
    return found.block.height


def test_a_broken_finality_takes_supply_guard_and_inclusion_back() -> None:
    network = in_memory()
    transaction = final_mint(network)
    network.break_finality(block_of(network, transaction) - 1, lost=[transaction])
    assert network.supply(TOKEN) == 0
    assert network.guard_use("mint 1") is None
    assert network.inclusion(transaction) is None
    assert network.mempool() == ()
    assert network.finalized().height == network.tip().height


def test_what_comes_back_to_the_mempool_acts_once_in_another_block() -> None:
    network = in_memory()
    transaction = final_mint(network)
    height = block_of(network, transaction)
    before, supply = network.block(height).hash, network.supply(TOKEN)
    network.break_finality(height - 1)
    for step in range(DEPTH_BLOCKS + 1):
        network.produce_block(NOON + 20 + step)
    assert network.block(height).hash != before
    assert network.supply(TOKEN) == supply
    assert [effect.transaction for effect in network.operations()] == [transaction]


@pytest.mark.parametrize("below", [0, 1])
def test_blocks_below_the_break_stay_as_they_were(below: int) -> None:
    network = in_memory()
    height = block_of(network, final_mint(network))
    kept = [network.block(each) for each in range(height + below)]
    network.break_finality(height - 1 + below)
    network.produce_block(NOON + 30)
    assert [network.block(each) for each in range(height + below)] == kept


def test_a_broken_finality_is_stored(tmp_path: Path) -> None:
    terms = genesis()
    network = Network(terms, SqliteStore(tmp_path / "chain.sqlite"))
    transaction = final_mint(network)
    network.break_finality(block_of(network, transaction) - 1, lost=[transaction])
    network.produce_block(NOON + 30)
    tip = network.tip()
    network.close()
    again = Network(terms, SqliteStore(tmp_path / "chain.sqlite"))
    assert (again.tip(), again.supply(TOKEN)) == (tip, 0)
    again.close()
