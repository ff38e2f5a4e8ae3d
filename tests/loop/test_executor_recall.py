"""The executor takes mints back: what it never signs, what it cancels, and a finality that did not hold."""

from typing import Any

import pytest
from executor_world import Hand, World, closed
from loop_words import until

from schemas.messages import FinalitySeenContradicted, OperationSeenClosed, OperationSeenFinal
from workers.core import transactions
from workers.core.transactions import Recall
from workers.executor import READ_AGAIN_POLLS
from workers.operations import operation_of


@pytest.fixture
def world() -> World:
    return World()


def signed_for(world: World, purpose: str) -> list[Any]:
    return [event for event in world.events("transaction_signed") if event.purpose == purpose]


def finish(world: World, hand: Hand, *mints: Any) -> None:
    for mint in mints:
        until(closed(world, mint), hand.round, world.block)
    hand.round()
    hand.round()


def minted(world: World) -> list[str]:
    return [effect.operation for effect in world.network.operations()]


def final_and_broken(world: World, hand: Hand, mint: Any, *, lost: bool) -> Any:
    """Mint, let the ledger know, take the final block away; return what the account confirmed first."""
    finish(world, hand, mint)
    world.finalize(mint)
    confirmed = break_finality(world, hand, lost=lost)
    hand.round()
    hand.round()
    return confirmed


def break_finality(world: World, hand: Hand, *, lost: bool) -> Any:
    """Take the block away that the account saw final last; return what it confirmed, once it sees that."""
    confirmed = world.events("operation_confirmed")[-1]
    before = len(world.events("operation_reopened"))
    world.network.break_finality(confirmed.block_height - 1, lost=[confirmed.transaction] if lost else [])
    until(lambda: len(world.events("operation_reopened")) > before, hand.round, world.block)
    return confirmed


def test_a_mint_that_was_recalled_before_it_was_taken_is_never_signed(world: World) -> None:
    mint = world.authorize()
    world.recall(mint)
    node = world.node()
    hand = world.executor(node)
    hand.rounds(world, 10)
    assert [event.type for event in world.events()] == ["owner_started", "operation_closed"]
    assert node.sent == []
    report = world.reports()[0]
    assert isinstance(report.body, OperationSeenClosed)
    assert (report.body.proof, report.body.block_hash) == ("never_signed", None)
    assert len(world.reports()) == 1


def test_the_record_of_a_recall_names_the_ledgers(world: World) -> None:
    first, second = world.authorize(1), world.authorize(2)
    hand = world.executor(world.node())
    hand.rounds(world, 2)
    world.recall(first)
    third = world.authorize(3)
    world.recall(third)
    hand.rounds(world, 1)
    assert [event.operation for event in world.events("operation_recalled")] == [first.mint]
    assert [event.operation for event in world.events("operation_closed")] == [third.mint]
    finish(world, hand, first, second)
    assert second.mint in minted(world)


def test_a_mint_that_never_reached_the_chain_is_cancelled_and_closed_by_its_guard(world: World) -> None:
    mint = world.authorize(deadline_seconds=10**6)
    node = world.node(validity_blocks=10**6)
    node.lose = 10**6
    hand = world.executor(node)
    hand.rounds(world, 3)
    world.recall(mint)
    node.lose = 0
    finish(world, hand, mint)
    assert [event.proof for event in world.events("operation_closed")] == ["guard_cancelled"]
    assert (len(signed_for(world, "act")), len(signed_for(world, "cancel"))) == (1, 1)
    assert minted(world) == []


def test_a_mint_that_acts_before_its_cancel_is_final_and_stands(world: World) -> None:
    mint = world.authorize()
    hand = world.executor(world.node())
    until(lambda: bool(world.events("transaction_included")), hand.round, world.block)
    world.recall(mint)
    finish(world, hand, mint)
    assert [event.type for event in world.events("operation_confirmed", "operation_closed")] == [
        "operation_confirmed"
    ]
    assert isinstance(world.reports()[-1].body, OperationSeenFinal)
    assert minted(world) == [mint.mint]


def test_a_recalled_mint_whose_transaction_died_is_not_signed_again(world: World) -> None:
    mint = world.authorize(deadline_seconds=10**6)
    node = world.node(validity_blocks=5)
    node.lose = 10**6
    hand = world.executor(node)
    hand.rounds(world, 3)
    world.recall(mint)
    hand.rounds(world, 40)
    assert world.events("transaction_dead")
    assert len(signed_for(world, "act")) == 1
    assert len(signed_for(world, "cancel")) > 1
    node.lose = 0
    finish(world, hand, mint)
    assert [event.proof for event in world.events("operation_closed")] == ["guard_cancelled"]


def test_one_cancel_is_alive_at_a_time(world: World) -> None:
    mint = world.authorize(deadline_seconds=10**6)
    node = world.node(validity_blocks=10**6)
    node.lose = 10**6
    hand = world.executor(node)
    hand.rounds(world, 3)
    world.recall(mint)
    hand.rounds(world, 40)
    assert len(signed_for(world, "cancel")) == 1
    assert world.events("operation_closed", "operation_confirmed") == []
    assert world.reports() == []


def test_a_mint_that_was_signed_and_not_sent_is_not_sent_after_a_recall(world: World) -> None:
    mint = world.authorize(deadline_seconds=10**6)
    node = world.node()
    hand = world.executor(node)
    hand.round()
    hand.round()
    assert signed_for(world, "act")
    assert node.sent == []
    world.recall(mint)
    heir = world.executor(node, "heir")
    finish(world, heir, mint)
    assert {data.hex() for data in node.sent} == {event.data for event in signed_for(world, "cancel")}


def test_a_new_owner_goes_on_with_a_recall_and_says_the_outcome(world: World) -> None:
    mint = world.authorize(deadline_seconds=10**6)
    node = world.node(validity_blocks=10**6)
    node.lose = 10**6
    hand = world.executor(node)
    hand.rounds(world, 3)
    world.recall(mint)
    node.lose = 0
    hand.round()
    finish(world, world.executor(node, "heir"), mint)
    assert len(world.events("operation_recalled")) == 1
    assert [report.body.proof for report in world.reports()] == ["guard_cancelled"]  # type: ignore[union-attr]


def test_a_final_block_that_is_gone_opens_the_mint_and_tells_the_ledger(world: World) -> None:
    mint = world.authorize(deadline_seconds=10**6)
    hand = world.executor(world.node(validity_blocks=10**6))
    confirmed = final_and_broken(world, hand, mint, lost=True)
    reopened = world.events("operation_reopened")[0]
    assert (reopened.block_height, reopened.block_hash) == (confirmed.block_height, confirmed.block_hash)
    assert reopened.hash_now == world.network.block(confirmed.block_height).hash
    report = world.reports()[-1].body
    assert isinstance(report, FinalitySeenContradicted)
    assert (report.operation, report.transaction) == (mint.mint, confirmed.transaction)


def test_nothing_is_minted_again_by_itself_after_a_contradiction(world: World) -> None:
    mint = world.authorize(deadline_seconds=10**6)
    node = world.node(validity_blocks=20)
    hand = world.executor(node)
    final_and_broken(world, hand, mint, lost=True)
    sent = len(node.sent)
    hand.rounds(world, 60)
    assert world.events("transaction_dead")
    assert (len(signed_for(world, "act")), len(node.sent)) == (1, sent)
    world.contradict(mint)
    world.recall(mint)
    until(lambda: bool(world.events("operation_closed")), hand.round, world.block)
    hand.round()
    hand.round()
    assert [event.proof for event in world.events("operation_closed")] == ["guard_cancelled"]
    assert isinstance(world.reports()[-1].body, OperationSeenClosed)
    assert minted(world) == []


def test_a_mint_that_is_done_again_is_final_again_and_said_again(world: World) -> None:
    mint = world.authorize(deadline_seconds=10**6)
    hand = world.executor(world.node(validity_blocks=10**6))
    final_and_broken(world, hand, mint, lost=False)
    until(lambda: len(world.events("operation_confirmed")) == 2, hand.round, world.block)
    hand.round()
    assert isinstance(world.reports()[-1].body, FinalitySeenContradicted), "the ledger hears that first"
    world.contradict(mint)
    hand.round()
    last = world.reports()[-1].body
    assert isinstance(last, OperationSeenFinal)
    assert last.block_hash == world.events("operation_confirmed")[-1].block_hash
    assert minted(world) == [mint.mint]


def test_a_ledger_that_still_believes_an_earlier_finality_hears_that_this_one_broke(world: World) -> None:
    """One that lagged behind two broken finalities was told of the second only (simulator, seed 10648)."""
    mint = world.authorize(deadline_seconds=10**6)
    hand = world.executor(world.node(validity_blocks=10**6))
    finish(world, hand, mint)
    believed = break_finality(world, hand, lost=False)
    until(lambda: len(world.events("operation_confirmed")) == 2, hand.round, world.block)
    break_finality(world, hand, lost=False)
    world.finalize(mint, believed)
    hand.round()
    hand.round()
    last = world.reports()[-1].body
    assert isinstance(last, FinalitySeenContradicted)
    assert last.block_hash == believed.block_hash


def test_a_finality_that_holds_is_looked_at_again_and_says_nothing(world: World) -> None:
    mint = world.authorize()
    hand = world.executor(world.node())
    finish(world, hand, mint)
    world.finalize(mint)
    before = len(world.events())
    hand.rounds(world, 3 * READ_AGAIN_POLLS)
    assert len(world.events()) == before


def test_what_was_recalled_once_is_no_news_again(world: World) -> None:
    operation = operation_of(world.authorize())
    state = transactions.initial()
    for _ in range(2):
        found = list(transactions.decide(state, Recall(operation)))
        for event in found:
            transactions.evolve(state, event)
    assert found == []
    assert state.knows(operation.operation)
