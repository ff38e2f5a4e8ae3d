"""Burns and transfers out of the account's own holding: guarded by their operation id, as mints are."""

import hashlib
from collections.abc import Callable

import pytest
from chain_grounds import Ground, call, mint_to, send

from workers.chains.base import BurnCall, Call, Chain, TransferCall

OPERATION = hashlib.sha256(b"operation 1").hexdigest()


def burn(ground: Ground, base_amount: int = 300, *, deadline: int | None = None) -> BurnCall:
    return BurnCall(
        operation=OPERATION,
        token=ground.token,
        base_amount=base_amount,
        deadline=ground.now() + 86_400 if deadline is None else deadline,
    )


def transfer(ground: Ground, base_amount: int = 300, *, deadline: int | None = None) -> TransferCall:
    return TransferCall(
        operation=OPERATION,
        token=ground.token,
        recipient=ground.recipient,
        base_amount=base_amount,
        deadline=ground.now() + 86_400 if deadline is None else deadline,
    )


of_each_kind = pytest.mark.parametrize(("kind", "asking"), [("burn", burn), ("transfer", transfer)])


@of_each_kind
def test_it_acts_once_and_its_guard_says_what_it_was(
    ground: Ground, chain: Chain, kind: str, asking: Callable[..., Call]
) -> None:
    mint_to(ground, chain, ground.address, 1_000)
    first, again = (chain.sign(ground.account, asking(ground)) for _ in range(2))
    for transaction in (first, again, first):
        send(chain, transaction)
    ground.finalise()
    guard = chain.guard(OPERATION)
    assert sorted(chain.fate(each).state for each in (first, again)) == ["finalized", "reverted"]
    assert (guard.state, guard.kind, guard.base_amount) == ("done", kind, 300)
    assert chain.supply(ground.token) == (700 if kind == "burn" else 1_000)


def test_a_mints_guard_says_that_it_was_a_mint(ground: Ground, chain: Chain) -> None:
    send(chain, chain.sign(ground.account, call(ground, OPERATION)))
    ground.finalise()
    assert chain.guard(OPERATION).kind == "mint"


@of_each_kind
def test_an_id_that_a_mint_used_is_used_for_every_kind(
    ground: Ground, chain: Chain, kind: str, asking: Callable[..., Call]
) -> None:
    mint_to(ground, chain, ground.address, 1_000)
    send(chain, chain.sign(ground.other_account, call(ground, OPERATION)))
    ground.finalise()
    late = chain.sign(ground.account, asking(ground))
    send(chain, late)
    ground.finalise()
    assert chain.fate(late).state == "reverted"
    assert chain.guard(OPERATION).kind == "mint", kind
    assert chain.supply(ground.token) == 2_000


@of_each_kind
def test_more_than_the_account_holds_reverts_and_leaves_the_guard_unused(
    ground: Ground, chain: Chain, kind: str, asking: Callable[..., Call]
) -> None:
    mint_to(ground, chain, ground.address, 299)
    mint_to(ground, chain, ground.recipient, 10_000)
    transaction = chain.sign(ground.account, asking(ground))
    send(chain, transaction)
    ground.finalise()
    assert chain.fate(transaction).state == "reverted", kind
    assert chain.guard(OPERATION).state == "unused"
    assert chain.supply(ground.token) == 10_299


@of_each_kind
def test_it_never_takes_from_another_accounts_holding(
    ground: Ground, chain: Chain, kind: str, asking: Callable[..., Call]
) -> None:
    mint_to(ground, chain, ground.address, 1_000)
    transaction = chain.sign(ground.other_account, asking(ground))
    send(chain, transaction)
    ground.finalise()
    assert chain.fate(transaction).state == "reverted", kind
    assert chain.supply(ground.token) == 1_000


@of_each_kind
def test_it_never_acts_past_its_deadline(
    ground: Ground, chain: Chain, kind: str, asking: Callable[..., Call]
) -> None:
    mint_to(ground, chain, ground.address, 1_000)
    transaction = chain.sign(ground.account, asking(ground, deadline=ground.now() + 60))
    send(chain, transaction)
    ground.pass_time(61)
    ground.finalise()
    assert chain.fate(transaction).state == "reverted", kind
    assert chain.guard(OPERATION).state == "unused"


@of_each_kind
def test_a_cancelled_id_never_acts(
    ground: Ground, chain: Chain, kind: str, asking: Callable[..., Call]
) -> None:
    mint_to(ground, chain, ground.address, 1_000)
    send(chain, chain.sign_cancel(ground.account, OPERATION))
    ground.finalise()
    transaction = chain.sign(ground.account, asking(ground))
    send(chain, transaction)
    ground.finalise()
    guard = chain.guard(OPERATION)
    assert chain.fate(transaction).state == "reverted", kind
    assert (guard.state, guard.kind) == ("cancelled", None)


@of_each_kind
def test_a_reorg_takes_it_back_and_it_acts_once_more(
    ground: Ground, chain: Chain, kind: str, asking: Callable[..., Call]
) -> None:
    mint_to(ground, chain, ground.address, 1_000)
    transaction = chain.sign(ground.account, asking(ground))
    send(chain, transaction)
    ground.produce_block()
    ground.reorg(1)
    ground.finalise()
    assert chain.fate(transaction).state == "finalized"
    assert chain.supply(ground.token) == (700 if kind == "burn" else 1_000)


@of_each_kind
def test_it_is_never_of_nothing(ground: Ground, chain: Chain, kind: str, asking: Callable[..., Call]) -> None:
    mint_to(ground, chain, ground.address, 1_000)
    transaction = chain.sign(ground.account, asking(ground, 0))
    send(chain, transaction)
    ground.finalise()
    assert chain.fate(transaction).state == "reverted", kind
