"""The executor does burns, returns and a bridge's mints as it does mints: signed once, followed, closed."""

from typing import Any

import pytest
from executor_world import ACCOUNT, TOKEN, Hand, World
from loop_words import until

from schemas import amounts, instants
from schemas.events import BridgeMintAuthorized, BurnAuthorized, ReturnAuthorized
from schemas.messages import OperationSeenClosed, OperationSeenFinal
from workers.chains.base import BurnCall, MintCall
from workers.core.ids import derive

HELD = 10**18
WALLET = "0xabc"


@pytest.fixture
def world() -> World:
    """A world in which the account holds one unit."""
    world = World()
    node = world.node(seed=9)
    call = MintCall(
        operation="f" * 64, token=TOKEN, recipient=ACCOUNT, base_amount=HELD, deadline=world.start + 9
    )
    world.network.accept(node.sign("other", call).data)
    for _ in range(5):
        world.block()
    assert world.network.balance(TOKEN, ACCOUNT) == HELD
    return world


def terms(world: World, *, units: str = "0.25", deadline_seconds: int = 60) -> dict[str, Any]:
    return {
        "instrument": "AAPL",
        "attempt": 1,
        "chain": "sim",
        "token": TOKEN,
        "units": units,
        "decimals": 18,
        "account": ACCOUNT,
        "deadline": instants.plus(world.clock.now(), deadline_seconds),
    }


def burn(world: World, **changes: Any) -> BurnAuthorized:
    burn = derive("burn", "redemption 1", 1)
    return BurnAuthorized(burn=burn, redemption="d" * 64, **terms(world, **changes))


def returning(world: World, **changes: Any) -> ReturnAuthorized:
    transfer = derive("transfer", "redemption 1", 1)
    return ReturnAuthorized(transfer=transfer, cause="d" * 64, recipient=WALLET, **terms(world, **changes))


def bridge_mint(world: World, **changes: Any) -> BridgeMintAuthorized:
    return BridgeMintAuthorized(
        mint=derive("mint", "bridge 1", 1),
        bridge="b" * 64,
        leg="destination",
        recipient=WALLET,
        multiplier="1",
        **terms(world, **changes),
    )


KINDS = {"burn": burn, "transfer": returning, "mint": bridge_mint}
of_each_kind = pytest.mark.parametrize("kind", list(KINDS))


def authorize(world: World, kind: str, **changes: Any) -> str:
    """Let the ledger authorize one; return the operation's id."""
    event = KINDS[kind](world, **changes)
    world.append(event)
    operation: str = getattr(event, kind)
    return operation


def acted(world: World, operation: str) -> list[tuple[str, int, str | None]]:
    return [
        (effect.kind, effect.base_amount, effect.recipient)
        for effect in world.network.operations()
        if effect.operation == operation
    ]


def finish(world: World, hand: Hand, operation: str) -> None:
    def over() -> bool:
        outcomes = world.events("operation_confirmed", "operation_closed")
        return any(event.operation == operation for event in outcomes)

    until(over, hand.round, world.block)
    hand.round()
    hand.round()


@of_each_kind
def test_it_is_done_once_and_reported_as_what_it_is(world: World, kind: str) -> None:
    operation = authorize(world, kind)
    finish(world, world.executor(world.node()), operation)
    recipient = None if kind == "burn" else WALLET
    assert acted(world, operation) == [(kind, HELD // 4, recipient)]
    (taken,) = world.events("operation_taken")
    assert (taken.operation, taken.kind, taken.recipient) == (operation, kind, recipient)
    (report,) = world.reports()
    assert isinstance(report.body, OperationSeenFinal)
    assert (report.body.operation, report.body.kind, report.body.units) == (operation, kind, "0.25")
    assert (report.sender, report.instrument) == (ACCOUNT, "AAPL")


@of_each_kind
@pytest.mark.parametrize("rounds", range(1, 9))
def test_an_heir_finishes_it_wherever_its_predecessor_died(world: World, kind: str, rounds: int) -> None:
    operation = authorize(world, kind)
    world.executor(world.node(seed=1), "dead").rounds(world, rounds)
    finish(world, world.executor(world.node(seed=2), "heir"), operation)
    assert len(acted(world, operation)) == 1
    assert len({event.data for event in world.events("transaction_signed")}) == 1


@of_each_kind
def test_what_never_arrives_is_closed_by_a_final_block_past_its_deadline(world: World, kind: str) -> None:
    operation = authorize(world, kind, deadline_seconds=20)
    node = world.node(validity_blocks=8)
    node.lose = 10**6
    finish(world, world.executor(node), operation)
    (closed,) = world.events("operation_closed")
    assert (closed.kind, closed.proof) == (kind, "deadline_passed")
    assert acted(world, operation) == []
    (report,) = world.reports()
    assert isinstance(report.body, OperationSeenClosed)
    assert (report.body.operation, report.body.kind) == (operation, kind)


@pytest.mark.parametrize("kind", ["burn", "transfer"])
def test_more_than_the_account_holds_reverts_until_its_deadline_closes_it(world: World, kind: str) -> None:
    operation = authorize(world, kind, units="1.000000000000000001", deadline_seconds=30)
    finish(world, world.executor(world.node()), operation)
    assert world.events("transaction_reverted")
    assert [event.proof for event in world.events("operation_closed")] == ["deadline_passed"]
    assert acted(world, operation) == []
    assert world.network.balance(TOKEN, ACCOUNT) == HELD


@pytest.mark.parametrize("kind", ["burn", "transfer"])
def test_what_was_short_is_done_when_the_account_holds_enough(world: World, kind: str) -> None:
    operation = authorize(world, kind, units="1.5", deadline_seconds=600)
    hand = world.executor(world.node())
    until(lambda: bool(world.events("transaction_reverted")), hand.round, world.block)
    later = MintCall(
        operation="e" * 64, token=TOKEN, recipient=ACCOUNT, base_amount=HELD, deadline=world.start + 900
    )
    world.network.accept(world.node(seed=8).sign("other", later).data)
    finish(world, hand, operation)
    assert [each[:2] for each in acted(world, operation)] == [(kind, amounts.parse("1.5"))]


@of_each_kind
def test_an_id_that_another_kind_used_up_is_told_as_what_it_was(world: World, kind: str) -> None:
    operation = authorize(world, kind)
    terms = {"operation": operation, "token": TOKEN, "base_amount": 1, "deadline": world.start + 60}
    stray = MintCall(**terms, recipient=WALLET) if kind == "burn" else BurnCall(**terms)  # type: ignore[arg-type]
    world.network.accept(world.node(seed=7).sign(ACCOUNT, stray).data)
    for _ in range(6):
        world.block()
    finish(world, world.executor(world.node()), operation)
    (confirmed,) = world.events("operation_confirmed")
    assert (confirmed.kind, confirmed.adopted) == ("mint" if kind == "burn" else "burn", True)
    assert confirmed.units == "0.000000000000000001"
