"""Holders of the simulated chain: who may act as one, and a node whose index of their acts goes wrong."""

import random

import pytest
from simulated_worlds import NOON, blocks, call, client, in_memory

from workers.chains.base import Chain, ChainRefused, ChainUnavailable, Feed
from workers.chains.simulated import Fault, FaultPlan, Faults, Holder, Network
from workers.chains.simulated.actions import HolderBurn, Mint
from workers.chains.simulated.transactions import holder_key, sign


def furnished(base_amount: int = 1_000) -> tuple[Network, Holder]:
    network = in_memory()
    chain = client(network)
    chain.broadcast(chain.sign("minter-1", call("mint 1", base_amount)).data)
    blocks(network, 6)
    return network, Holder(network, "wallet-1", entropy=random.Random(1).randbytes)


def troubled(network: Network, fault: Fault) -> Chain:
    faults = Faults(random.Random(3), FaultPlan(rates={fault: 1.0}))
    return client(network, seed=5, faults=faults)


def read(chain: Chain) -> Feed | None:
    return chain.feed("minter-1", "TSLAx", after_height=0, blocks_max=100)


def test_nobody_acts_as_a_holder_under_a_signing_accounts_name() -> None:
    network, _ = furnished()
    impostor = Holder(network, "minter-1", entropy=random.Random(2).randbytes)
    with pytest.raises(ChainRefused, match="acts by operations alone"):
        impostor.burn("TSLAx", 1)


def test_no_holder_acts_as_a_signing_account() -> None:
    network, _ = furnished()
    mint = Mint(operation="m", token="TSLAx", recipient="wallet-1", base_amount="5", deadline=NOON + 999)
    terms = {"chain": network.name, "account": "wallet-1", "valid_until": 99, "salt": b""}
    forged = sign(**terms, key=holder_key("wallet-1"), action=mint)  # type: ignore[arg-type]
    with pytest.raises(ChainRefused, match="is not known"):
        network.accept(forged.data)


def test_a_holder_has_no_power_over_what_another_holds() -> None:
    network, _ = furnished()
    burn = HolderBurn(token="TSLAx", base_amount="5")
    terms = {"chain": network.name, "account": "wallet-1", "valid_until": 99, "salt": b""}
    forged = sign(**terms, key=holder_key("wallet-2"), action=burn)  # type: ignore[arg-type]
    with pytest.raises(ChainRefused, match="signature"):
        network.accept(forged.data)


def test_a_holder_who_signs_twice_does_it_twice() -> None:
    network, holder = furnished()
    for _ in range(2):
        holder.burn("TSLAx", 10)
    blocks(network, 6)
    assert network.supply("TSLAx") == 980
    assert network.balance("TSLAx", "wallet-1") == 980


@pytest.mark.parametrize("fault", [Fault.FEED_UNAVAILABLE, Fault.FEED_LAGS, Fault.FEED_DISAGREES])
def test_a_feed_that_cannot_be_believed_tells_nothing(fault: Fault) -> None:
    network, holder = furnished()
    holder.burn("TSLAx", 10)
    blocks(network, 6)
    with pytest.raises(ChainUnavailable):
        read(troubled(network, fault))


def test_a_feed_may_tell_the_same_event_twice() -> None:
    network, holder = furnished()
    holder.burn("TSLAx", 10)
    blocks(network, 6)
    told = read(troubled(network, Fault.FEED_ANSWERS_TWICE))
    assert told is not None
    assert len(told.events) == 2
    assert told.events[0] == told.events[1]


def test_a_view_that_lags_tells_less_and_says_so() -> None:
    network, holder = furnished()
    holder.burn("TSLAx", 10)
    blocks(network, 6)
    told = read(troubled(network, Fault.FINAL_VIEW_LAGS))
    assert told is None or told.through.height < network.finalized().height
