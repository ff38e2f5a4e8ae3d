"""A signing account's decider: what is news, and what would be a second time."""

from typing import Any

import pytest

from schemas.events import (
    OperationClosed,
    OperationConfirmed,
    OperationTaken,
    TransactionDead,
    TransactionIncluded,
    TransactionReorganized,
    TransactionReverted,
    TransactionSent,
    TransactionSigned,
)
from workers.core import transactions
from workers.core.portrait import state_digest
from workers.core.transactions import Observation, State, Work
from workers.executor import TransactionsDecider

MINT = "a" * 64
AT = "2026-11-23T09:00:00.000000Z"
BLOCK = {"block_height": 5, "block_hash": "0xb"}
OPERATION = OperationTaken(
    operation=MINT,
    kind="mint",
    chain="sim",
    token="AAPLx",
    recipient="0xabc",
    units="1.5",
    decimals=18,
    deadline=AT,
)


def work(transaction: str = "t1") -> Work:
    return Work(OPERATION, transaction, "00ff", 99)


def signed(transaction: str = "t2", attempt: int = 2) -> TransactionSigned:
    return TransactionSigned(
        operation=MINT, purpose="act", attempt=attempt, transaction=transaction, data="ff", valid_until=100
    )


SENT = TransactionSent(operation=MINT, transaction="t1", answer="accepted")
INCLUDED = TransactionIncluded(operation=MINT, transaction="t1", **BLOCK)
ELSEWHERE = TransactionIncluded(operation=MINT, transaction="t1", block_height=6, block_hash="0xc")
GONE = TransactionReorganized(operation=MINT, transaction="t1")
REVERTED = TransactionReverted(operation=MINT, transaction="t1", **BLOCK)
DEAD = TransactionDead(operation=MINT, transaction="t1", final_height=100)
CONFIRMED = OperationConfirmed(
    operation=MINT, kind="mint", transaction="t1", units="1.5", adopted=False, **BLOCK
)
CLOSED = OperationClosed(operation=MINT, kind="mint", proof="deadline_passed", block_time=AT, **BLOCK)


def after(*given: Any) -> State:
    """The state after this work and these observations, every one of which was news."""
    state = transactions.initial()
    for each in given:
        found = decide(state, each)
        assert found, f"{each} is no news"
    return state


def decide(state: State, given: Any) -> list[Any]:
    found = []
    for event in transactions.decide(state, given if isinstance(given, Work) else Observation(given)):
        transactions.evolve(state, event)
        found.append(event)
    return found


def test_work_is_taken_with_its_first_transaction_in_one_record() -> None:
    found = decide(transactions.initial(), work())
    assert [event.type for event in found] == ["operation_taken", "transaction_signed"]
    assert (found[1].attempt, found[1].data, found[1].valid_until) == (1, "00ff", 99)


@pytest.mark.parametrize("before", [(), (SENT,), (SENT, INCLUDED), (DEAD,), (CONFIRMED,), (CLOSED,)])
def test_work_is_taken_once_whatever_became_of_it(before: tuple[Any, ...]) -> None:
    assert decide(after(work(), *before), work("t9")) == []


NEWS = [
    ((), SENT),
    ((), INCLUDED),
    ((SENT,), INCLUDED),
    ((SENT, INCLUDED), ELSEWHERE),
    ((SENT, INCLUDED), GONE),
    ((SENT, INCLUDED, GONE), INCLUDED),
    ((SENT,), REVERTED),
    ((SENT, INCLUDED), REVERTED),
    ((SENT,), DEAD),
    ((SENT, INCLUDED, GONE), DEAD),
    ((SENT, DEAD), signed()),
    ((SENT, REVERTED), signed()),
    ((), CONFIRMED),
    ((DEAD,), CONFIRMED),
    ((DEAD, signed()), CONFIRMED),
    ((), CLOSED),
    ((DEAD,), CLOSED),
]
NO_NEWS = [
    ((SENT,), SENT),
    ((INCLUDED,), SENT),
    ((SENT, INCLUDED), INCLUDED),
    ((), GONE),
    ((SENT,), GONE),
    ((SENT, INCLUDED, GONE), GONE),
    ((DEAD,), INCLUDED),
    ((DEAD,), DEAD),
    ((DEAD,), REVERTED),
    ((REVERTED,), DEAD),
    ((REVERTED,), REVERTED),
    ((REVERTED,), GONE),
    ((), signed()),
    ((SENT,), signed()),
    ((SENT, INCLUDED), signed()),
    ((SENT, INCLUDED, GONE), signed()),
    ((DEAD,), signed(attempt=3)),
    ((DEAD,), signed(attempt=1)),
    ((DEAD, signed()), signed("t3", 3)),
    *(((CONFIRMED,), each) for each in (SENT, INCLUDED, GONE, REVERTED, DEAD, signed(), CONFIRMED, CLOSED)),
    *(((CLOSED,), each) for each in (SENT, INCLUDED, GONE, REVERTED, DEAD, signed(), CONFIRMED, CLOSED)),
]


@pytest.mark.parametrize(("before", "seen"), NEWS)
def test_news_is_recorded(before: tuple[Any, ...], seen: Any) -> None:
    assert decide(after(work(), *before), seen) == [seen]


@pytest.mark.parametrize(("before", "seen"), NO_NEWS)
def test_what_is_no_news_changes_nothing(before: tuple[Any, ...], seen: Any) -> None:
    state = after(work(), *before)
    was = state_digest(state)
    assert decide(state, seen) == []
    assert state_digest(state) == was


@pytest.mark.parametrize("seen", [SENT, INCLUDED, GONE, REVERTED, DEAD, signed(), CONFIRMED, CLOSED])
def test_nothing_is_recorded_of_a_mint_that_was_not_taken(seen: Any) -> None:
    assert decide(transactions.initial(), seen) == []


def test_a_transaction_that_was_not_signed_here_is_no_attempt_of_ours() -> None:
    foreign = TransactionIncluded(operation=MINT, transaction="t9", **BLOCK)
    assert decide(after(work()), foreign) == []


def test_a_book_of_transactions_sets_nothing_aside() -> None:
    with pytest.raises(RuntimeError, match="sets nothing aside"):
        TransactionsDecider().set_aside(work(), "KeyError")
