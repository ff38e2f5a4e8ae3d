"""Whatever is done in whatever order: each mint id acts at most once, and what was final never changes."""

import contextlib
import tempfile
from collections import Counter
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from simulated_worlds import call, client, in_file

from workers.chains.base import ChainRefused, Fate, Guard, SignedTransaction

MINTS = [f"mint {number}" for number in range(4)]
ACCOUNTS = ["minter-1", "minter-2"]
ENDS = {"finalized", "reverted", "dead"}


class RandomLife(RuleBasedStateMachine):
    """Clients, reorganisations and restarts in any order, on a chain in a file."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.file = Path(self.folder.name) / "chain"
        self.network = in_file(self.file)
        self.chain = client(self.network, validity_blocks=6)
        self.signed: list[SignedTransaction] = []
        self.final_blocks: dict[int, str] = {}
        self.ends: dict[str, Fate] = {}
        self.used: dict[str, Guard] = {}

    @rule(mint=st.sampled_from(MINTS), account=st.sampled_from(ACCOUNTS), patience=st.integers(0, 40))
    def sign(self, mint: str, account: str, patience: int) -> None:
        deadline = self.network.tip().timestamp + patience
        self.signed.append(self.chain.sign(account, call(mint, deadline=deadline)))
        self.send(self.signed[-1])

    @rule(mint=st.sampled_from(MINTS), account=st.sampled_from(ACCOUNTS))
    def sign_cancel(self, mint: str, account: str) -> None:
        self.signed.append(self.chain.sign_cancel(account, mint))
        self.send(self.signed[-1])

    @precondition(lambda self: self.signed)
    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        self.send(data.draw(st.sampled_from(self.signed)))

    @rule(data=st.data(), seconds=st.integers(-5, 30), stands_still=st.booleans())
    def produce_block(self, data: st.DataObject, seconds: int, *, stands_still: bool) -> None:
        waiting = list(self.network.mempool())
        include = data.draw(st.lists(st.sampled_from(waiting), unique=True)) if waiting else []
        self.network.produce_block(
            self.network.tip().timestamp + seconds, include=include, finality_stands_still=stands_still
        )

    @rule()
    def produce_full_block(self) -> None:
        self.network.produce_block(self.network.tip().timestamp + 1)

    @rule(count=st.integers(1, 9), step_milliseconds=st.sampled_from([200, 1000]))
    def pass_quietly(self, count: int, step_milliseconds: int) -> None:
        self.network.pass_quietly(count, step_milliseconds)

    @rule(data=st.data(), seed=st.integers(0, 3))
    def reorg(self, data: st.DataObject, seed: int) -> None:
        depth_max = self.network.tip().height - self.network.finalized().height
        depth_blocks = data.draw(st.integers(0, depth_max))
        back = self.network.newest(depth_blocks)
        lost = data.draw(st.sets(st.sampled_from(back))) if back else set()
        self.network.reorg(depth_blocks, lost=lost, shuffled_by=Random(seed) if seed else None)

    @precondition(lambda self: self.network.mempool())
    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        self.network.drop(data.draw(st.sampled_from(self.network.mempool())))

    @rule()
    def reopen(self) -> None:
        before = self.seen()
        self.network.close()
        self.network = in_file(self.file)
        self.chain = client(self.network, seed=len(self.signed) + 2, validity_blocks=6)
        assert self.seen() == before

    @invariant()
    def each_mint_id_acts_at_most_once(self) -> None:
        acted = Counter(effect.operation for effect in self.network.operations())
        assert set(acted.values()) <= {1}

    @invariant()
    def the_supply_is_that_of_the_final_mints(self) -> None:
        final_height = self.network.finalized().height
        final = [effect for effect in self.network.operations() if effect.block.height <= final_height]
        assert self.chain.supply("TSLAx") == sum(effect.base_amount for effect in final)
        assert {effect.operation for effect in final} == {
            mint for mint in MINTS if self.chain.guard(mint).state == "done"
        }

    @invariant()
    def what_was_final_never_changes(self) -> None:
        final = self.chain.finalized()
        assert final.height >= max(self.final_blocks, default=0)
        self.final_blocks[final.height] = final.hash
        assert all(self.network.block(height).hash == digest for height, digest in self.final_blocks.items())

    @invariant()
    def an_end_that_was_said_stays_and_is_true(self) -> None:
        for transaction in self.signed:
            fate = self.chain.fate(transaction)
            assert fate == self.ends.get(transaction.hash, fate)
            if fate.state in ENDS:
                self.ends[transaction.hash] = fate
            if fate.state == "dead":
                assert self.network.inclusion(transaction.hash) is None
                assert transaction.hash not in self.network.mempool()

    @invariant()
    def a_used_guard_stays_used_by_the_same(self) -> None:
        for mint in MINTS:
            guard = self.chain.guard(mint)
            if guard.state != "unused":
                first = self.used.setdefault(mint, guard)
                assert (guard.state, guard.transaction, guard.block) == (
                    first.state,
                    first.transaction,
                    first.block,
                )
            else:
                assert mint not in self.used

    def teardown(self) -> None:
        if hasattr(self, "network"):
            self.network.close()
            self.folder.cleanup()

    def send(self, transaction: SignedTransaction) -> None:
        with contextlib.suppress(ChainRefused):
            self.chain.broadcast(transaction.data)

    def seen(self) -> tuple[object, ...]:
        network = self.network
        return (
            network.tip(),
            network.finalized(),
            network.mempool(),
            network.operations(),
            network.supply("TSLAx"),
        )


RandomLife.TestCase.settings = settings(
    max_examples=120,
    stateful_step_count=40,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
test_random_life = RandomLife.TestCase
