"""Each fault does what its table says, and a seed says everything."""

from random import Random

import pytest

from workers.log.engine import AppendFailed, Entry, LogUnusable, OutcomeUnknown
from workers.log.faults import Fault, PerMille
from workers.log.faulty import FaultyEngine, FaultyLog
from workers.log.memory import MemoryEngine

BOOK = "ledger-0"
INBOX = "inbox.custody-0"


@pytest.fixture
def log() -> FaultyLog:
    return FaultyLog(MemoryEngine(), Random(7))


@pytest.fixture
def owner(log: FaultyLog) -> FaultyEngine:
    return log.client("owner")


def values(engine: FaultyEngine, stream: str = BOOK) -> list[bytes]:
    return [entry.value for entry in engine.read(stream, 0, 1000)]


def test_a_refused_append_stores_nothing_of_the_whole_call(log: FaultyLog, owner: FaultyEngine) -> None:
    log.plan("owner", None, Fault.REFUSED)
    with pytest.raises(AppendFailed):
        owner.append({INBOX: [b"x"], BOOK: [b"a"]})
    assert owner.streams() == []
    assert log.faults == {"refused": 1}


def test_a_lost_append_stores_nothing_and_nobody_knows(log: FaultyLog, owner: FaultyEngine) -> None:
    log.plan("owner", Fault.LOST)
    with pytest.raises(OutcomeUnknown, match=BOOK):
        owner.append({BOOK: [b"a"]})
    assert values(owner) == []
    assert log.faults == {"lost": 1}


def test_an_unanswered_append_is_stored_and_nobody_knows(log: FaultyLog, owner: FaultyEngine) -> None:
    log.plan("owner", Fault.UNANSWERED)
    with pytest.raises(OutcomeUnknown):
        owner.append({BOOK: [b"a", b"b"]})
    assert values(owner) == [b"a", b"b"]


@pytest.mark.parametrize("seed", range(10))
def test_a_torn_append_stores_its_first_entries_and_not_all(seed: int) -> None:
    log = FaultyLog(MemoryEngine(), Random(seed))
    owner = log.client("owner")
    log.plan("owner", Fault.TORN)
    with pytest.raises(OutcomeUnknown):
        owner.append({BOOK: [b"a", b"b", b"c"]})
    assert values(owner) in ([b"a"], [b"a", b"b"])


def test_a_duplicated_append_is_stored_twice_and_answered(log: FaultyLog, owner: FaultyEngine) -> None:
    log.plan("owner", Fault.DUPLICATED)
    owner.append({BOOK: [b"a", b"b"]})
    assert values(owner) == [b"a", b"b", b"a", b"b"]


@pytest.mark.parametrize("seed", range(10))
def test_a_reordered_append_is_stored_in_another_order_and_answered(seed: int) -> None:
    log = FaultyLog(MemoryEngine(), Random(seed))
    owner = log.client("owner")
    log.plan("owner", Fault.REORDERED)
    owner.append({BOOK: [b"a", b"b", b"c"]})
    assert values(owner) != [b"a", b"b", b"c"]
    assert sorted(values(owner)) == [b"a", b"b", b"c"]


def test_a_batch_of_one_is_neither_torn_nor_reordered_nor_counted(
    log: FaultyLog, owner: FaultyEngine
) -> None:
    log.plan("owner", Fault.TORN, Fault.REORDERED)
    owner.append({BOOK: [b"a"]})
    owner.append({BOOK: [b"b"]})
    assert values(owner) == [b"a", b"b"]
    assert not log.faults


def test_a_delayed_append_lands_behind_the_successors_own() -> None:
    log = FaultyLog(MemoryEngine(), Random(7), delay_appends_max=1)
    zombie, successor = log.client("zombie"), log.client("successor")
    log.plan("zombie", Fault.DELAYED)
    with pytest.raises(OutcomeUnknown):
        zombie.append({BOOK: [b"old"]})
    assert values(successor) == []
    successor.append({INBOX: [b"elsewhere"]})
    assert values(successor) == []
    successor.append({BOOK: [b"new"]})
    assert values(successor) == [b"new", b"old"]
    assert log.faults == {"delayed": 1, "landed": 1}


def test_delayed_appends_can_land_in_another_order_than_they_were_sent() -> None:
    orders = set()
    for seed in range(20):
        log = FaultyLog(MemoryEngine(), Random(seed))
        zombie = log.client("zombie")
        log.plan("zombie", Fault.DELAYED, Fault.DELAYED)
        for value in (b"first", b"second"):
            with pytest.raises(OutcomeUnknown):
                zombie.append({BOOK: [value]})
        for _ in range(4):
            log.client("owner").append({BOOK: [b"new"]})
        orders.add(tuple(value for value in values(zombie) if value != b"new"))
    assert orders == {(b"first", b"second"), (b"second", b"first")}


def test_delayed_appends_are_landed_and_dropped_by_their_client(log: FaultyLog) -> None:
    for name in ("one", "other", "third"):
        log.plan(name, Fault.DELAYED)
        with pytest.raises(OutcomeUnknown):
            log.client(name).append({BOOK: [name.encode()]})
    assert (log.in_flight(), log.in_flight("one")) == (3, 1)
    log.drop("other")
    log.land("third")
    assert values(log.client("reader")) == [b"third"]
    log.land()
    assert values(log.client("reader")) == [b"third", b"one"]
    assert log.faults == {"delayed": 3, "dropped": 1, "landed": 2}
    assert log.in_flight() == 0


def test_what_a_closed_client_left_in_flight_still_lands(log: FaultyLog, owner: FaultyEngine) -> None:
    log.plan("owner", Fault.DELAYED)
    with pytest.raises(OutcomeUnknown):
        owner.append({BOOK: [b"a"]})
    owner.close()
    with pytest.raises(LogUnusable):
        owner.append({BOOK: [b"b"]})
    log.land("owner")
    assert values(log.client("next")) == [b"a"]


def test_a_hole_is_proven_by_the_larger_position_of_the_next_entry(
    log: FaultyLog, owner: FaultyEngine
) -> None:
    owner.append({INBOX: [b"a"]})
    log.plan("owner", Fault.HOLE)
    owner.append({INBOX: [b"b", b"c"]})
    first, second, third = owner.read(INBOX, 0, 10)
    hole = second.position - 1
    assert first == Entry(0, b"a")
    assert 1 <= hole <= 3
    assert third.position == second.position + 1
    assert owner.end(INBOX) == third.position + 1
    assert owner.read(INBOX, 1, 1) == [second]
    assert owner.read(INBOX, third.position, 10) == [third]
    assert owner.read(INBOX, third.position + 1, 10) == []


def test_every_stream_of_a_call_meets_its_own_fault(log: FaultyLog, owner: FaultyEngine) -> None:
    log.plan("owner", Fault.LOST, None)
    with pytest.raises(OutcomeUnknown, match=BOOK):
        owner.append({BOOK: [b"a"], INBOX: [b"x"]})
    assert values(owner, BOOK) == []
    assert values(owner, INBOX) == [b"x"]


def test_the_longest_prefix_says_the_chances() -> None:
    chances = {"": PerMille(refused=1000), "inbox.": PerMille(lost=1000), "inbox.chain": PerMille()}
    owner = FaultyLog(MemoryEngine(), Random(1), chances).client("owner")
    owner.append({"inbox.chain-0": [b"a"]})
    with pytest.raises(OutcomeUnknown):
        owner.append({"inbox.custody-0": [b"a"]})
    with pytest.raises(AppendFailed):
        owner.append({"ledger-0": [b"a"]})


def test_calm_stops_the_chances_and_storm_lets_them_act_again() -> None:
    log = FaultyLog(MemoryEngine(), Random(1), {"ledger-": PerMille(lost=1000)})
    owner = log.client("owner")
    log.calm()
    owner.append({BOOK: [b"a"]})
    log.storm()
    with pytest.raises(OutcomeUnknown):
        owner.append({BOOK: [b"b"]})
    assert values(owner) == [b"a"]


def run(seed: int) -> tuple[list[Entry], dict[str, int], list[str]]:
    """Let two clients append under every fault; return the log, the counts and what they were told."""
    chances = PerMille(
        refused=50, lost=50, unanswered=50, torn=50, delayed=100, duplicated=50, reordered=50, hole=50
    )
    log = FaultyLog(MemoryEngine(), Random(seed), {"ledger-": chances})
    told = []
    for number in range(400):
        try:
            log.client("ab"[number % 2]).append({BOOK: [b"%d:%d" % (number, part) for part in range(3)]})
        except (AppendFailed, OutcomeUnknown) as error:
            told.append(str(error))
    log.land()
    return log.engine.read(BOOK, 0, 10_000), dict(log.faults), told


def test_the_same_seed_is_the_same_run_and_another_is_another() -> None:
    assert run(42) == run(42)
    assert run(42) != run(43)


def test_every_fault_happens_in_a_long_run() -> None:
    entries, faults, _ = run(42)
    assert set(faults) == {fault.value for fault in Fault} | {"landed"}
    positions = [entry.position for entry in entries]
    assert positions == sorted(set(positions))


def test_evidence_is_honest_and_shared(log: FaultyLog) -> None:
    digests = log.client("one").keep_all_evidence([b"a", b"b"])
    assert [log.client("other").evidence(digest) for digest in digests] == [b"a", b"b"]
