"""The chain outlives the product: a new process finds what the last one was told."""

import contextlib
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest
from simulated_worlds import DEPTH_BLOCKS, NOON, blocks, call, client, genesis, in_file, in_memory, storm

from workers.chains.base import ChainUnavailable
from workers.chains.simulated import (
    Driver,
    Network,
    SqliteStore,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreUnusable,
)

VICTIM = Path(__file__).with_name("simulated_victim.py")


def shown(network: Network) -> tuple[object, ...]:
    every = [network.block(height) for height in range(network.tip().height + 1)]
    return every, network.finalized(), network.mempool(), network.operations(), network.supply("TSLAx")


def lived_in(network: Network) -> Network:
    chain = client(network)
    for number in range(40):
        chain.broadcast(chain.sign("minter-1", call(f"mint {number % 30}")).data)
        blocks(network, number % 3)
        if number % 7 == 6:
            network.reorg(1, shuffled_by=Random(number))
            network.pass_quietly(2, 200)
    return network


def test_a_chain_in_a_file_is_the_chain_in_memory(tmp_path: Path) -> None:
    network = lived_in(in_file(tmp_path / "chain"))
    assert shown(network) == shown(lived_in(in_memory()))
    network.close()


def test_what_was_closed_is_opened_as_it_was_and_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "chain"
    network = lived_in(in_file(file))
    before = shown(network)
    network.close()
    again = in_file(file)
    assert shown(again) == before
    blocks(again, DEPTH_BLOCKS + 1)
    assert again.mempool() == ()
    assert len({effect.operation for effect in again.operations()}) == len(again.operations())
    again.close()


def test_a_storm_leaves_the_same_chain_in_memory_in_a_file_and_after_opening_it_again(tmp_path: Path) -> None:
    fleeting, kept = in_memory(), in_file(tmp_path / "chain")
    storm(fleeting, seed=4)
    storm(kept, seed=4)
    assert shown(kept) == shown(fleeting)
    kept.close()
    again = in_file(tmp_path / "chain")
    assert shown(again) == shown(fleeting)
    again.close()


def test_finality_is_not_taken_back_by_a_reorg_and_a_new_process(tmp_path: Path) -> None:
    network = in_file(tmp_path / "chain")
    blocks(network, 10)
    final = network.finalized()
    network.reorg(DEPTH_BLOCKS)
    network.close()
    again = in_file(tmp_path / "chain")
    assert again.finalized() == again.tip() == final
    again.close()


def test_the_chain_lives_on_while_no_process_is_there(tmp_path: Path) -> None:
    network = in_file(tmp_path / "chain")
    chain = client(network)
    waiting = chain.sign("minter-1", call("mint 1"))
    chain.broadcast(waiting.data)
    network.close()
    again = in_file(tmp_path / "chain")
    assert Driver(again, block_time_milliseconds=200).advance_to(NOON + 3 * 86_400) == 3 * 86_400 * 5
    assert client(again).fate(waiting).state == "finalized"
    assert again.operations()[0].block.height == 1
    again.close()


def test_idle_time_takes_no_room_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "chain"
    network = in_file(file)
    driver = Driver(network, block_time_milliseconds=200)
    for second in range(3_000):
        driver.advance_to(NOON + second)
    network.close()
    assert file.stat().st_size < 64 * 1024
    again = in_file(file)
    assert again.tip().timestamp == NOON + 2_999
    again.close()


def test_a_token_that_is_new_in_the_settings_is_made_by_the_next_block(tmp_path: Path) -> None:
    store = tmp_path / "chain"
    Network(genesis("TSLAx"), SqliteStore(store)).close()
    network = Network(genesis("TSLAx", "NVDAx"), SqliteStore(store))
    chain = client(network)
    blocks(network, 1)
    with pytest.raises(ChainUnavailable):
        chain.supply("NVDAx")
    blocks(network, DEPTH_BLOCKS)
    assert chain.supply("NVDAx") == 0
    network.close()


def test_ten_thousand_blocks_are_open_within_a_second(tmp_path: Path) -> None:
    network = in_file(tmp_path / "chain")
    chain = client(network)
    for number in range(10_000):
        chain.broadcast(chain.sign("minter-1", call(f"mint {number}")).data)
        blocks(network, 1)
    tip = network.tip()
    network.close()
    started = time.process_time()
    again = in_file(tmp_path / "chain")
    took_seconds = time.process_time() - started
    assert again.tip() == tip
    assert len(again.operations()) == 10_000
    again.close()
    assert took_seconds < 2.0  # a second with room for a busy machine


@pytest.mark.parametrize("lines_read", [1, 40, 300])
def test_a_kill_loses_nothing_that_was_accepted_or_final(tmp_path: Path, lines_read: int) -> None:
    file = tmp_path / "chain"
    command = [sys.executable, str(VICTIM), str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout is not None
        try:
            told = [victim.stdout.readline().split() for _ in range(lines_read)]
        finally:
            victim.kill()
        told += [line.split() for line in victim.stdout if line.endswith("\n")]
    assert victim.returncode == -signal.SIGKILL
    network = in_file(file)
    for line in told:
        if line[0] == "accepted":
            assert line[1] in network.mempool() or network.inclusion(line[1]) is not None
        else:
            assert network.block(int(line[1])).hash == line[2]
            assert int(line[1]) <= network.finalized().height
    blocks(network, DEPTH_BLOCKS + 1)
    accepted = {line[1] for line in told if line[0] == "accepted"}
    assert accepted <= {effect.transaction for effect in network.operations()}
    network.close()


def test_a_chain_is_run_by_one_process_at_a_time(tmp_path: Path) -> None:
    network = in_file(tmp_path / "chain")
    with pytest.raises(StoreBusy):
        SqliteStore(tmp_path / "chain")
    network.close()
    in_file(tmp_path / "chain").close()


def test_another_chains_file_is_refused(tmp_path: Path) -> None:
    in_file(tmp_path / "chain").close()
    store = SqliteStore(tmp_path / "chain")
    with pytest.raises(StoreUnusable, match="holds the chain 'simulated'"):
        Network(genesis(name="another"), store)
    store.close()


def test_a_file_that_is_no_chain_is_refused(tmp_path: Path) -> None:
    (tmp_path / "chain").write_bytes(b"a letter, and not a database" * 100)
    with pytest.raises(StoreDamaged):
        SqliteStore(tmp_path / "chain")
    with pytest.raises(StoreUnusable):
        SqliteStore(tmp_path / "nowhere" / "chain")


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE blocks SET time_milliseconds = time_milliseconds + 1 WHERE height = 3",
        "DELETE FROM blocks WHERE height = 3",
        "DELETE FROM included WHERE height = 3",
        "UPDATE included SET data = X'7B7D' WHERE height = 3",
        "DROP TABLE included",
    ],
)
def test_damage_is_found_when_the_chain_is_opened(tmp_path: Path, damage: str) -> None:
    network = in_file(tmp_path / "chain")
    chain = client(network)
    for number in range(5):
        chain.broadcast(chain.sign("minter-1", call(f"mint {number}")).data)
        blocks(network, 1)
    network.close()
    with contextlib.closing(sqlite3.connect(tmp_path / "chain")) as connection, connection:
        connection.execute(damage)
    store = SqliteStore(tmp_path / "chain")
    with pytest.raises(StoreDamaged):
        Network(genesis(), store)
    store.close()


def test_what_cannot_be_stored_did_not_happen(tmp_path: Path) -> None:
    network = in_file(tmp_path / "chain")
    chain = client(network)
    before = shown(network)
    network.close()
    with pytest.raises(StoreError):
        chain.broadcast(chain.sign("minter-1", call("mint 1")).data)
    with pytest.raises(StoreError):
        network.produce_block(NOON + 1)
    assert shown(network) == before
