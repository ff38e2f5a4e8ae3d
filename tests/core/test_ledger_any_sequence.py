"""Whatever is said in whatever order: nothing raises, nothing is lost, and deciding again gives the same."""

import dataclasses
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from ledger_specification import Bytes, OnTopic, Said, Specification
from ledger_words import (
    AAPL,
    BACKING,
    CLIENT,
    FEED,
    HOUSE_RULES,
    ISIN,
    OTHER,
    SENDER,
    TREASURY,
    TSLA,
    WALLET,
    cancelled,
    confirmed,
    confirmed_by,
    details,
    house,
    information,
    instrument,
    issuance_of,
    later,
    message,
    parked,
    policy,
    proposed,
    published,
    received,
    redeemed,
    reference_of,
    requested,
    seen_closed,
    seen_final,
    tick,
)

from schemas.amounts import ONE, parse
from schemas.confirmation import Confirmation
from schemas.envelope import Reader
from schemas.events import (
    BurnAuthorized,
    BurnFinalized,
    DeliveryConfirmed,
    DeliveryInstructed,
    LotReceived,
    MintAuthorized,
    MintFinalized,
    MovementAccepted,
    MovementDismissed,
    MovementUndone,
    MovementWaits,
    RedemptionAccepted,
    ReturnAuthorized,
)
from schemas.events.operations import Authorization
from schemas.house import (
    AcceptMovement,
    AssignLot,
    ConfirmDeliveryCancelled,
    CoverShortfall,
    DismissMovement,
    MatchReceipt,
    RegisterClient,
    ReleaseHold,
    ReleaseLot,
    ReturnReceipt,
    SetPolicy,
)
from schemas.messages import TOPICS
from workers.core.ledger.state import InstrumentBook
from workers.core.portrait import state_digest

QUANTITIES = ("0.5", "1", "1.000000000000000001", "2.75", "7", "0", "0.01")
DAY = 86_400


def pick(options: Any, number: int) -> Any:
    found = list(options)
    return found[number % len(found)] if found else None


class Sender:
    """Turns three numbers into something to say, where it can about what is there already."""

    def __init__(self, spec: Specification) -> None:
        self.spec = spec
        self.seconds = 0
        self.rules = HOUSE_RULES + 1
        self.proposals: list[str] = []

    @property
    def at(self) -> str:
        return later(self.seconds)

    def say(self, kind: int, one: int, two: int) -> Said:
        speakers: tuple[Callable[[int, int], Said], ...] = (
            self.settle,
            self.settle,
            self.settle_linked,
            self.settle_linked,
            self.request,
            self.request,
            self.final,
            self.final,
            self.closed,
            self.order,
            self.order,
            self.tick,
            self.tick,
            self.rule,
            self.odd,
            self.undo,
            self.deliver,
            self.redeem,
            self.redeem,
            self.receive,
            self.receive,
            self.deliver_instructed,
        )
        return speakers[kind % len(speakers)](one, two)

    def settle(self, one: int, two: int) -> Said:
        return confirmed(
            pick(QUANTITIES, one),
            pick(("a", "b", "c", None), two),
            at=self.at,
            message_id=pick(("m1", "m2", None), one // 7),
            account=pick((BACKING, TREASURY, TREASURY, OTHER), two // 4),
            previously_settled=pick((None, "1", "2.75"), one // 21),
            copy=two % 5 == 0,
            movement="deliver" if one % 23 == 22 else "receive",
        )

    def undo(self, one: int, two: int) -> Said:
        """Undo a movement that was told, mostly as it was told."""
        told = [each.message.body for each in self.spec.inputs if each.message and _moves(each.message.body)]
        said = pick(told, one)
        if said is None:
            return self.settle(one, two)
        kind = pick(("settlement_reversed", "settlement_reversed", "confirmation_withdrawn"), two)
        fields = {
            "kind": kind,
            "message_id": f"u{two % 40}",
            "previous_confirmation_id": pick((None, None, said.message_id), two // 3),
            "quantity": pick((said.quantity, said.quantity, said.quantity, "0.5"), two // 9),
        }
        body = dataclasses.replace(said, **fields)
        of = TSLA if said.security.id == ISIN[TSLA] else AAPL
        reader = Reader(name=FEED, version="1", profile_sha256=None)
        return message(kind, body, at=self.at, sender=SENDER, instrument=of, reader=reader)

    def deliver(self, one: int, two: int) -> Said:
        return confirmed(
            pick(QUANTITIES, one),
            pick(("a", "b", "d", None), two),
            at=self.at,
            message_id=f"d{one % 11}",
            movement="deliver",
            account=pick((BACKING, TREASURY), two // 4),
        )

    def settle_linked(self, one: int, two: int) -> Said:
        return confirmed(
            pick(QUANTITIES, one),
            f"s{two}",
            reference_of(f"r{two % 9}"),
            at=self.at,
            account=pick((BACKING, TREASURY), one // 7),
        )

    def request(self, one: int, two: int) -> Said:
        return requested(
            pick(QUANTITIES, one),
            f"r{two % 9}",
            at=self.at,
            funding=pick(("settlement", "treasury"), two // 9),
            partial=pick(("wait", "parts"), two // 18),
        )

    def redeem(self, one: int, two: int) -> Said:
        if two % 8 == 7:
            return cancelled(f"q{one % 9}", at=self.at, kind="redemption")
        return redeemed(pick(QUANTITIES, one), f"q{two % 9}", at=self.at)

    def receive(self, one: int, two: int) -> Said:
        """Tokens arrive, mostly those that a redemption waits for."""
        asked = pick(self.spec.all(RedemptionAccepted), one)
        units = pick(QUANTITIES, two) if asked is None or two % 5 == 4 else asked.units
        sender = pick((WALLET, WALLET, WALLET, "0xother"), two // 5)
        return received(units, f"0x{one % 40}", at=self.at, sender=sender)

    def deliver_instructed(self, one: int, two: int) -> Said:
        instruction = pick(self.spec.all(DeliveryInstructed), one)
        if instruction is None:
            return self.receive(one, two)
        return confirmed(
            pick((instruction.shares, instruction.shares, "0.5", "7"), two),
            f"x{two % 30}",
            instruction.settlement_reference,
            at=self.at,
            movement="deliver",
            message_id=f"x{two}",
            account=pick((BACKING, BACKING, BACKING, TREASURY), two // 4),
        )

    def _operation(self, one: int) -> Authorization | None:
        kind = pick((MintAuthorized, MintAuthorized, BurnAuthorized, ReturnAuthorized), one)
        found: Authorization | None = pick(self.spec.all(kind), one // 4)
        return found or pick(self.spec.all(MintAuthorized), one)

    def final(self, one: int, two: int) -> Said:
        operation = self._operation(one)
        return self.tick(one, two) if operation is None else seen_final(operation, at=self.at)

    def closed(self, one: int, two: int) -> Said:
        operation = self._operation(one)
        return self.tick(one, two) if operation is None else seen_closed(operation, at=self.at)

    def order(self, one: int, two: int) -> Said:
        if one % 2 and self.proposals:
            operator = pick(("bob", "bob", "carol", "alice", "mallory"), one // 2)
            return confirmed_by(operator, pick(self.proposals, -1 - two % 3), of=AAPL, at=self.at)
        order_id = f"o{two % 90}"
        self.proposals.append(order_id)
        book = self.spec.state.instruments.get(AAPL, InstrumentBook())
        lot = pick(book.lots, two) or "e" * 64
        orders = (
            AssignLot(instrument=AAPL, lot=lot, issuance=issuance_of(f"r{two % 9}")),
            AssignLot(instrument=AAPL, lot=lot, issuance=None),
            ReleaseLot(instrument=AAPL, lot=lot),
            ReleaseHold(instrument=AAPL, hold=pick(book.holds, two) or "e" * 64),
            AcceptMovement(instrument=AAPL, waiting=pick(book.waiting, two) or "e" * 64),
            DismissMovement(instrument=AAPL, waiting=pick(book.waiting, two) or "e" * 64),
            CoverShortfall(instrument=AAPL, lot=lot),
            ReturnReceipt(instrument=AAPL, sighting=pick(book.parked_receipts, two) or "e" * 64),
            MatchReceipt(
                instrument=AAPL,
                sighting=pick(book.parked_receipts, two) or "e" * 64,
                redemption=pick(book.redemptions, two) or "e" * 64,
            ),
            ConfirmDeliveryCancelled(instrument=AAPL, delivery=pick(book.instructions, two) or "e" * 64),
        )
        return proposed(pick(orders, one // 2), order_id, of=AAPL, at=self.at)

    def tick(self, one: int, two: int) -> Said:
        if two % 7 == 0:
            return tick(later(self.seconds + 9 * DAY))
        self.seconds += pick((0, 0, 1, 60, 3_600, DAY // 2, DAY), one)
        return tick(self.at)

    def rule(self, one: int, two: int) -> Said:
        rules = (
            RegisterClient(client=CLIENT, eligible=two % 4 != 0),
            SetPolicy(policy=policy(events_per_decision_max=1 + two % 3, mint_attempts_max=1 + two % 2)),
            self.spec.state.rules.instruments[AAPL],
        )
        self.rules += one % 7 != 0
        return published(self.rules, pick(rules, one), at=self.at)

    def odd(self, one: int, two: int) -> Said:
        return pick(
            (
                Bytes(TOPICS[two % 5], "garbage"),
                OnTopic(TOPICS[two % 5], requested("1")),
                confirmed("1", of=TSLA, security=confirmed("1").body.security),  # type: ignore[union-attr]
                information(at=self.at),
                parked(at=self.at),
            ),
            one,
        )


@settings(
    max_examples=150,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    multiplier=st.sampled_from(["1", "1.5", "0.3333"]),
    decimals=st.sampled_from([0, 2, 18]),
    events_max=st.sampled_from([1, 2, 50]),
    said=st.lists(
        st.tuples(st.integers(0, 21), st.integers(0, 499), st.integers(0, 499)), min_size=5, max_size=50
    ),
)
@example(
    multiplier="1",
    decimals=0,
    events_max=1,
    said=[(0, 4, 4), (0, 0, 5), (4, 3, 4), (11, 0, 1), (11, 1, 1), (6, 0, 0), (6, 1, 0)],
)
def test_any_sequence_is_decided_the_same_again_and_loses_nothing(
    multiplier: str, decimals: int, events_max: int, said: list[tuple[int, int, int]]
) -> None:
    terms = instrument(multiplier=multiplier, decimals=decimals)
    home = details(increment="0.5")
    spec = Specification().given(house(home, terms=terms, events_per_decision_max=events_max))
    sender = Sender(spec)
    for kind, one, two in said:
        spec.when(sender.say(kind, one, two))
        _adds_up(spec, parse(multiplier))
    spec.holds_together()


@pytest.mark.parametrize("seed", range(60))
def test_any_long_sequence_is_decided_the_same_again_and_loses_nothing(seed: int) -> None:
    print(f"seed {seed}")
    a_long_life(seed).holds_together()


def a_long_life(seed: int) -> Specification:
    """A book after a long random sequence of messages."""
    chance = Random(seed)
    multiplier = chance.choice(["1", "1.5", "0.3333"])
    terms = instrument(multiplier=multiplier, decimals=chance.choice([0, 2, 18]))
    events_max = chance.choice([1, 2, 50])
    home = details(increment="0.5")
    spec = Specification().given(house(home, terms=terms, events_per_decision_max=events_max))
    sender = Sender(spec)
    for _ in range(80):
        spec.when(sender.say(chance.randrange(22), chance.randrange(500), chance.randrange(500)))
        _adds_up(spec, parse(multiplier))
    return spec


ELSEWHERE = """
import sys
sys.path.insert(0, sys.argv[1])
from test_ledger_any_sequence import a_long_life
from workers.core.portrait import state_digest
print([state_digest(a_long_life(seed).state) for seed in range(3)])
"""


def test_another_process_with_other_hashes_comes_to_the_same_state() -> None:
    """Sets and dictionaries of text are ordered by the process's own secret; no decision may see that."""
    said = {
        subprocess.run(
            [sys.executable, "-c", ELSEWHERE, Path(__file__).parent],
            env={"PYTHONHASHSEED": hash_seed, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert said == {f"{[state_digest(a_long_life(seed).state) for seed in range(3)]}\n"}


def _in_custody(records: list[tuple[Any, ...]], name: str) -> int:
    """Return the shares that the told movements leave in custody."""
    custody, waits = 0, {}
    for record in records:
        here = [event for event in record if getattr(event, "instrument", "") == name]
        undone = {event.undoing for event in here if isinstance(event, MovementUndone)}
        for event in here:
            match event:
                case LotReceived():
                    custody += parse(event.shares)
                case DeliveryConfirmed():
                    custody -= parse(event.shares)
                case MovementWaits():
                    waits[event.waiting] = event
                case MovementDismissed():
                    del waits[event.waiting]
                case MovementAccepted() if event.waiting not in undone:
                    custody -= _sign(waits.pop(event.waiting))
                case MovementUndone():
                    waits.pop(event.undoing, None)
                    if waits.pop(event.undone, None) is None:
                        custody -= _sign(event)
    return custody


def _sign(event: Any) -> int:
    """Return the shares that an undoing, or what waits, takes; negative where it brings some back."""
    takes = getattr(event, "what", "") == "delivered" or event.movement == "receive"
    return parse(event.shares) * (1 if takes else -1)


def _moves(body: object) -> bool:
    return isinstance(body, Confirmation) and body.kind == "settlement_confirmed"


def _adds_up(spec: Specification, multiplier: int) -> None:
    for name, book in spec.state.instruments.items():
        held = sum(lot.shares for lot in book.lots.values()) + book.pool + book.promised + book.unclaimed
        assert held - book.owed == _in_custody(spec.records, name)
        assert book.authorized == sum(mint.units for mint in book.mints.values())
        assert book.units * multiplier <= (book.pool + book.deficit) * ONE
        assert min(book.pool, book.promised, book.owed, *book.supply.values(), 0) == 0
        _promised_adds_up(book)
        assert bool(book.deficit) == any(each.reason == "deficit" for each in book.holds.values())
        free = {lot.lot: lot.shares for lot in book.lots.values() if lot.state == "free"}
        assert (set(book.free), book.free_total) == (set(free), sum(free.values()))
        treasury = [
            issuance.missing
            for issuance in book.issuances.values()
            if issuance.funding == "treasury" and issuance.ended is None
        ]
        assert book.treasury_owed == sum(treasury)
        for issuance in book.issuances.values():
            assert issuance.missing >= 0
            reserved = {
                lot.lot: lot.shares for lot in book.lots.values() if lot.issuance == issuance.issuance
            }
            assert issuance.reserved == reserved
    burns = {each.burn for each in spec.all(BurnFinalized)}
    assert len(burns) == len(spec.all(BurnFinalized))
    authorized = Counter(each.mint for each in spec.all(MintAuthorized))
    finalized = Counter(each.mint for each in spec.all(MintFinalized))
    assert set(authorized.values()) <= {1}
    assert set(finalized.values()) <= {1}
    assert finalized.keys() <= authorized.keys()
    spec.state.due_at()


def _promised_adds_up(book: InstrumentBook) -> None:
    """What is promised is instructed or waits for that, and was burned and not delivered."""
    left = sum(each.left for each in book.instructions.values())
    waits = sum(each.to_instruct for each in book.redemptions.values())
    delivered = sum(each.shares for each in book.settled.values())
    assert book.promised == left + waits
    assert book.promised == sum(each.burned for each in book.redemptions.values()) - delivered
