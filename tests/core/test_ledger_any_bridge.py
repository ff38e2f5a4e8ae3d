"""Whatever is bridged, limited, held and closed in whatever order: no unit is lost, and none is made."""

from collections.abc import Callable
from random import Random

import pytest
from bridge_words import DECIMALS, EIGHT, SIX, book_of, issued
from ledger_specification import Said, Specification
from ledger_words import (
    AAPL,
    CHAIN,
    HOUSE_RULES,
    RECORD,
    bridged_out,
    contradicted,
    lane,
    later,
    ordered,
    published,
    seen_closed,
    seen_final,
    tick,
)

from schemas.amounts import ONE, text
from schemas.events import BridgeMintAuthorized, BridgeMintFinalized
from schemas.house import ReleaseHold
from schemas.messages import RecordName
from workers.core import ledger
from workers.core.ledger.in_flight import BridgeMint

PER_CENT = (1, 10, 33, 50, 100)
STEPS = 80


class Life:
    """A random life of one instrument's bridges, in which the chains never say what cannot be."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        lanes = [self.lane() for _ in range(self.chance.randint(1, 9))]
        limits = {"mint_attempts_max": 1 + seed % 3, "events_per_decision_max": (1, 2, 50)[seed % 3]}
        self.spec: Specification = issued(*lanes, **limits)
        self.rules = HOUSE_RULES + len(lanes)
        self.seconds = self.number = 0
        self.supply = {CHAIN: 100 * ONE, EIGHT: 0, SIX: 0}

    def step(self) -> None:
        self.seconds += self.chance.choice((0, 0, 1, 30, 900))
        acts: tuple[Callable[[], list[Said]], ...] = (
            self.burn, self.burn, self.burn, self.again, self.close, self.close, self.close,
            self.break_finality, self.change, self.release, self.forge, self.tick, self.tick,
        )  # fmt: skip
        self.spec.given(self.chance.choice(acts)())

    @property
    def at(self) -> str:
        return later(self.seconds)

    def burn(self) -> list[Said]:
        chain = self.chance.choice([name for name, units in self.supply.items() if units] or [CHAIN])
        step = 10 ** (18 - DECIMALS[chain])
        units = self.supply[chain] * self.chance.choice(PER_CENT) // 100 // step * step
        self.supply[chain] -= units
        self.number += 1
        holder = self.chance.choice(("0xone", "0xtwo"))
        to = self.chance.choice((CHAIN, EIGHT, SIX, EIGHT, SIX, "omega"))
        return [
            bridged_out(text(units), to, f"0x{self.number}", at=self.at, chain=chain, holder=holder)
            for _ in range(self.chance.choice((1, 1, 1, 2)))
            if units
        ]

    def again(self) -> list[Said]:
        told = [each.message for each in self.spec.inputs if each.message]
        return [self.chance.choice([each for each in told if each.type == "units_bridged_out_seen"] or told)]

    def close(self) -> list[Said]:
        mints = list(book_of(self.spec).in_flight.mints.values())
        if not mints:
            return []
        mint = self.chance.choice(mints)
        self.number += 1
        record = RecordName(book=RECORD.book, seq=self.number + 1, sha256=RECORD.sha256)
        if self.chance.random() < 0.4:
            proof = self.chance.choice(("deadline_passed", "guard_cancelled"))
            return [seen_closed(self.authorized(mint), at=self.at, record=record, proof=proof)]
        self.supply[mint.chain] += mint.units
        return [seen_final(self.authorized(mint), at=self.at, record=record)]

    def break_finality(self) -> list[Said]:
        final = self.spec.all(BridgeMintFinalized)[-1:]
        known = book_of(self.spec).in_flight.final_mints.get(final[0].mint) if final else None
        if known is None or self.supply[known.mint.chain] < known.mint.units or self.chance.random() < 0.7:
            return []
        self.number += 1
        self.supply[known.mint.chain] -= known.mint.units
        record = RecordName(book=RECORD.book, seq=self.number + 1, sha256=RECORD.sha256)
        return [contradicted(self.authorized(known.mint), at=self.at, record=record)]

    def authorized(self, mint: BridgeMint) -> BridgeMintAuthorized:
        found: list[BridgeMintAuthorized] = self.spec.all(BridgeMintAuthorized)
        return next(each for each in found if each.mint == mint.mint)

    def lane(self) -> object:
        source, destination = self.chance.sample(list(DECIMALS), 2)
        capacity = self.chance.choice(("0.5", "10", "90"))
        refill = self.chance.choice(("0", "0.01", "1"))
        return lane(source, destination, capacity, refill, open=self.chance.random() < 0.8)

    def change(self) -> list[Said]:
        self.rules += 1
        return [published(self.rules, self.lane(), at=self.at)]

    def forge(self) -> list[Said]:
        self.number += 1
        said = bridged_out("5000", EIGHT, f"0x{self.number}", at=self.at)
        return [said] if self.chance.random() < 0.3 else []

    def release(self) -> list[Said]:
        holds = list(book_of(self.spec).holds)
        self.number += 1
        orders = [ReleaseHold(instrument=AAPL, hold=hold) for hold in holds]
        return [
            said
            for number, order in enumerate(orders)
            for said in ordered(order, f"o{self.number}-{number}", of=AAPL, at=self.at)
        ]

    def tick(self) -> list[Said]:
        return [tick(self.at)]


@pytest.mark.parametrize("seed", range(20))
def test_no_unit_is_lost_or_made_whatever_is_said_in_whatever_order(seed: int) -> None:
    life = Life(seed)
    for _ in range(STEPS):
        life.step()
        _adds_up(life)
        _due_means_work(life)
    life.spec.holds_together()


def test_together_these_lives_have_everything_in_them() -> None:
    seen: set[str] = set()
    for seed in range(12):
        life = Life(seed)
        for _ in range(STEPS):
            life.step()
        seen |= {event.type for record in life.spec.records for event in record}
    assert seen >= {
        "bridge_queued", "bridge_released", "bridge_turned_back", "bridge_mint_failed", "bridge_completed",
        "remainder_booked", "bridge_mint_recall_requested", "bridge_finality_contradicted",
    }  # fmt: skip


def _adds_up(life: Life) -> None:
    book = book_of(life.spec)
    in_flight = book.in_flight
    assert book.units == 100 * ONE
    assert {chain: book.supply.get(chain, 0) for chain in DECIMALS} == life.supply
    assert in_flight.units == sum(bridge.carried for bridge in in_flight.bridges.values())
    assert in_flight.remainder == sum(in_flight.remainders.values())
    assert all(in_flight.remainders.values())
    queued = [name for queue in in_flight.queues.values() for name in queue]
    minting = [name for name, bridge in in_flight.bridges.items() if bridge.mint is not None]
    assert sorted([*queued, *in_flight.ready, *minting]) == sorted(in_flight.bridges)
    assert {mint.bridge for mint in in_flight.mints.values()} == set(minting)
    assert all(in_flight.queues.values())
    assert ledger.due_at(life.spec.state) is not None


def _due_means_work(life: Life) -> None:
    """A tick that is due now finds something to do, so that no storm of ticks begins."""
    while ledger.due_at(life.spec.state) == life.spec.state.time:
        life.spec.given(tick(life.at))
        assert len(life.spec.records[-1]) > 1, life.spec.records[-1]
