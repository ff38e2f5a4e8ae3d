"""Wires that are slow, or cut in the middle of everything: what was acknowledged is decided once."""

import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Literal

import pytest

from tests.brokers.kafka_broker import KafkaBroker, unused_port
from tests.brokers.proxy import Proxy
from tests.brokers.under_load import UnderLoad

SEED = 29
ROUNDS = 2
HARMED_SECONDS = 12.0
"""Longer than a member may be silent, so that books change hands."""
DECISIONS = 30


@pytest.fixture
def wired() -> Iterator[tuple[str, Proxy]]:
    """Give the address of a broker of the test's own, and the wire before it."""
    port = unused_port(Random())
    with KafkaBroker(behind_port=port) as broker, Proxy(port, broker.port) as wire:
        yield broker.bootstrap, wire


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("fault", ["slow", "cut"])
def test_a_wire_that_is_slow_or_cut_loses_and_doubles_nothing(
    wired: tuple[str, Proxy], tmp_path: Path, fault: Literal["slow", "cut"]
) -> None:
    bootstrap, wire = wired
    with UnderLoad(bootstrap, tmp_path, SEED) as running:
        running.start()
        for _ in range(ROUNDS):
            running.sender.go_on()
            running.more_decisions(DECISIONS)
            harmed = wire.harmed
            wire.harm(fault)
            time.sleep(HARMED_SECONDS)  # the fault itself; nothing is waited for
            assert wire.harmed > harmed, "nothing went over the wire, which proves nothing"
            wire.heal()
            running.more_decisions(DECISIONS)
        running.until_decided()
        print(running.verdict())
