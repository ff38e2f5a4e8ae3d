"""A last word that did not hold is taken back before the next is said, decided or not."""

from typing import Any

import pytest
from executor_world import ACCOUNT, Hand, World
from test_executor_contradictions import broken

from schemas.events import LastWordWithdrawn, MintAuthorized
from schemas.messages import FinalitySeenContradicted


@pytest.fixture
def world() -> World:
    return World()


def told(world: World) -> list[str]:
    return [each.type for each in world.reports()]


def moved(world: World) -> tuple[Hand, MintAuthorized, Any]:
    """A mint is final and told; the ledger has not decided that, and the mint is in another block now."""
    mint = world.authorize()
    hand = world.executor(world.node())
    hand.rounds(world, 10)
    (confirmed,) = world.events("operation_confirmed")
    assert told(world) == ["operation_seen_final"]
    broken(world, hand, confirmed.block_height - 1)
    hand.rounds(world, 20)
    assert len(world.events("operation_confirmed")) == 2
    return hand, mint, confirmed


def withdraw(world: World, mint: MintAuthorized) -> None:
    """Let the ledger take the word back, as its account says last."""
    said = world.reports()[-1].body
    assert isinstance(said, FinalitySeenContradicted)
    world.append(
        LastWordWithdrawn(
            operation=mint.mint,
            kind="mint",
            instrument="AAPL",
            chain="sim",
            units=mint.units,
            block_height=said.block_height,
            block_hash=said.block_hash,
            hash_now=said.hash_now,
            account_seq=said.record.seq,
        )
    )


def test_a_word_that_did_not_hold_is_taken_back_and_nothing_else_is_said_until_that_is_decided(
    world: World,
) -> None:
    _, _, confirmed = moved(world)
    assert told(world) == ["operation_seen_final", "finality_contradicted"]
    said: Any = world.reports()[-1].body
    assert (said.account, said.block_height, said.block_hash) == (
        ACCOUNT,
        confirmed.block_height,
        confirmed.block_hash,
    )


def test_the_next_word_is_said_once_the_ledger_has_taken_the_last_one_back(world: World) -> None:
    hand, mint, _ = moved(world)
    withdraw(world, mint)
    hand.rounds(world, 5)
    assert told(world) == ["operation_seen_final", "finality_contradicted", "operation_seen_final"]
    first, _, last = (each.body for each in world.reports())
    assert first.block_hash != last.block_hash  # type: ignore[union-attr]


def test_a_new_owner_takes_the_word_back_again_until_that_is_decided(world: World) -> None:
    hand, mint, _ = moved(world)
    other = world.executor(world.node(seed=2), "two")
    other.rounds(world, 30)
    assert told(world)[1:] == ["finality_contradicted", "finality_contradicted"]
    withdraw(world, mint)
    other.rounds(world, 5)
    assert told(world)[3:] == ["operation_seen_final"]
    assert not hand.executor.runner.owning or told(world).count("operation_seen_final") == 2
