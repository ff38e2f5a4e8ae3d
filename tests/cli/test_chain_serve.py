"""Simulated chains in a process of their own: reached, gone, back, and refused where they cannot be."""

from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from chain_serving import serving, until, unused_port
from command_line import SECONDS_MAX, CommandLine

from workers.chains.base import ChainRefused, ChainUnavailable, MintCall
from workers.chains.simulated import RemoteChain

FAR = 4_000_000_000
OPERATION = "ab" * 32


@pytest.fixture
def port() -> int:
    return unused_port()


@pytest.fixture
def config(tallystick: CommandLine) -> Path:
    return tallystick.file(
        "chains.toml",
        f'data = "{tallystick.folder / "data"}"\n[[chains]]\nname = "ethereum"\naccounts = ["ethereum-1"]\n'
        "block_time_milliseconds = 20\nfinality_depth_blocks = 2\n",
    )


@pytest.fixture
def chain(port: int) -> Iterator[RemoteChain]:
    reached = RemoteChain("ethereum", f"http://127.0.0.1:{port}")
    yield reached
    reached.close()


def test_a_mint_becomes_final_and_outlives_the_process(config: Path, port: int, chain: RemoteChain) -> None:
    mint = MintCall(operation=OPERATION, token="KOx", recipient="w", base_amount=10**25, deadline=FAR)
    with serving(config, port):
        chain.deploy("KOx")
        signed = chain.sign("ethereum-1", mint)
        chain.broadcast(signed.data)
        until(lambda: chain.fate(signed).state == "finalized")
        with pytest.raises(ChainRefused, match="'nobody' is not known"):
            chain.sign("nobody", mint)
    with pytest.raises(ChainUnavailable, match="does not answer"):
        chain.finalized()
    with serving(config, port):
        until(lambda: answers(chain))
        assert chain.fate(signed).state == "finalized"
        assert chain.guard(OPERATION).base_amount == 10**25
        assert chain.supply("KOx") == 10**25


def answers(chain: RemoteChain) -> bool:
    try:
        return chain.finalized().height > 0
    except ChainUnavailable:
        return False


@pytest.mark.parametrize(
    "asked",
    [
        ("GET", "/health", b"", 200),
        ("GET", "/", b"", 404),
        ("POST", "/tron/finalized", b"{}", 404),
        ("POST", "/ethereum/key", b'{"account": "ethereum-1"}', 404),
        ("POST", "/ethereum/guard", b"{}", 400),
        ("POST", "/ethereum/guard", b"[]", 400),
        ("POST", "/ethereum/guard", b"\xff", 400),
        ("POST", "/ethereum/block", b'{"height": "x"}', 400),
        ("POST", "/ethereum/sign", b'{"account": "ethereum-1", "call": {"call": "burnt"}}', 400),
        ("POST", "/ethereum/broadcast", b'{"data": "!"}', 400),
        ("POST", "/ethereum/feed", b'{"height": 1}', 400),
    ],
)
def test_what_is_not_understood_is_said_and_harms_nobody(
    config: Path, port: int, chain: RemoteChain, asked: tuple[str, str, bytes, int]
) -> None:
    method, path, body, status = asked
    with serving(config, port):
        connection = HTTPConnection("127.0.0.1", port, timeout=SECONDS_MAX)
        try:
            connection.request(method, path, body)
            assert connection.getresponse().status == status
        finally:
            connection.close()
        until(lambda: answers(chain))


def test_a_port_that_is_taken_and_chains_that_another_process_runs_are_refused(
    tallystick: CommandLine, config: Path, port: int
) -> None:
    with serving(config, port):
        said = tallystick("chain", "serve", "--config", config).refusal()
        assert said.startswith("another process runs the chain in")
        config.write_text(config.read_text().replace("data = ", 'data = "elsewhere" #'))
        said = tallystick("chain", "serve", "--config", config, "--port", port).refusal()
        assert said == f"127.0.0.1:{port} cannot be used: Address already in use; name another --port"
