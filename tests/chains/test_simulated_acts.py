"""What holders do, from files: each once, also when the process dies between doing and removing."""

from pathlib import Path

import pytest
from simulated_worlds import Genesis, Network

from workers.chains.base import MintCall
from workers.chains.simulated import Acts, Driver, SimulatedChain
from workers.chains.simulated.acts import BridgeOut, Burn, Congest, Reorganise, Send, lay

TOKEN = "AAPLx"


@pytest.fixture
def network() -> Network:
    """A chain on which alice holds 100."""
    found = Network(
        Genesis(
            name="sim", accounts={"sim-1": b"k" * 32}, tokens=(TOKEN,), finality_depth_blocks=2, timestamp=0
        )
    )
    chain = SimulatedChain(found, entropy=lambda count: b"s" * count)
    call = MintCall(operation="a" * 64, token=TOKEN, recipient="alice", base_amount=100, deadline=10**9)
    found.produce_block(1)
    chain.broadcast(chain.sign("sim-1", call).data)
    pass_blocks(found, 2, 5)
    return found


def acts_of(network: Network, folder: Path) -> Acts:
    return Acts(network, Driver(network, block_time_milliseconds=1_000), folder)


def pass_blocks(network: Network, first: int, last: int) -> None:
    for second in range(first, last):
        network.produce_block(second)


def test_holders_send_burn_and_bridge_out_what_they_have(network: Network, tmp_path: Path) -> None:
    acts = acts_of(network, tmp_path)
    lay(tmp_path, "1", Send(holder="alice", token=TOKEN, base_amount="30", recipient="sim-1"))
    lay(tmp_path, "2", Burn(holder="alice", token=TOKEN, base_amount="5"))
    out = BridgeOut(holder="alice", token=TOKEN, base_amount="20", destination="other", recipient="0xa")
    lay(tmp_path, "3", out)
    assert acts.take() == 3
    pass_blocks(network, 6, 10)
    assert (network.balance(TOKEN, "alice"), network.balance(TOKEN, "sim-1")) == (45, 30)
    assert network.supply(TOKEN) == 75
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_taken_twice_acts_once(network: Network, tmp_path: Path) -> None:
    acts = acts_of(network, tmp_path)
    for _ in range(2):
        lay(tmp_path, "1", Burn(holder="alice", token=TOKEN, base_amount="5"))
        acts.take()
    pass_blocks(network, 6, 10)
    assert network.supply(TOKEN) == 95


@pytest.mark.parametrize("data", [b"no JSON", b'{"act": "mint"}', b'{"act": "burn", "holder": 1}'])
def test_what_cannot_be_read_is_left_there(network: Network, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "1.json").write_bytes(data)
    acts_of(network, tmp_path).take()
    assert [path.name for path in tmp_path.iterdir()] == ["1.refused"]


def test_a_reorganisation_reaches_no_final_block(network: Network, tmp_path: Path) -> None:
    final = network.finalized()
    lay(tmp_path, "1", Reorganise(depth_blocks=50))
    acts_of(network, tmp_path).take()
    assert network.tip() == final


def test_a_congested_chain_includes_nothing_and_forgets_what_waited(network: Network, tmp_path: Path) -> None:
    driver = Driver(network, block_time_milliseconds=1_000)
    acts = Acts(network, driver, tmp_path)
    lay(tmp_path, "1", Congest(blocks=3))
    lay(tmp_path, "2", Burn(holder="alice", token=TOKEN, base_amount="5"))
    acts.take()
    driver.advance_to(6)
    assert len(network.mempool()) == 1
    driver.advance_to(12)
    assert network.mempool() == ()
    assert network.supply(TOKEN) == 100
