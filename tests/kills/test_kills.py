"""`run` on the real file, under load, killed with SIGKILL at random moments, also while it starts.

What was acknowledged (its file left `in`, with an answer) is decided exactly once; what was not is still
there to be decided; no mint is done twice. KILL_SEED=n plays another load and other moments.
"""

import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
from kill_load import Load
from kill_verdict import (
    Book,
    LogFile,
    check_answers,
    check_confirmations,
    check_inputs,
    check_lots,
    check_mints,
    check_sent,
    check_submitted,
    digest,
)
from killed_run import DropFolder, Run, Submitter, until, write_config

KILLS_MIN = 16
KILLS_MAX = 60
PENDING_KILLS_MIN = 11
ACKNOWLEDGED_MIN = 600
MINTS_MIN = 50
BACKLOG = 150
"""For each of the two tests."""


@dataclass(slots=True)
class Tally:
    """What the killing came to; `with_pending` kills left inputs undecided, or files taken and unanswered."""

    kills: int = 0
    while_starting: int = 0
    with_pending: int = 0
    files_taken: int = 0
    inputs_undecided: int = 0
    moments: list[str] = field(default_factory=list, repr=False)


class Killer:
    """Starts the worker, kills it at a random moment, and looks at what it left behind."""

    def __init__(self, data: Path, seed: int, drop: DropFolder, submitter: Submitter) -> None:
        self.tally = Tally()
        self.chance = Random(f"{seed}-kills")
        self.drop = drop
        self.submitter = submitter
        self.log = LogFile(path=data / "log.sqlite")
        self._config = write_config(data)
        self._lives = 0
        self._startup_seconds = 0.5

    def start(self) -> Run:
        """Begin a life."""
        self._lives += 1
        return Run(self._config, self._config.with_name(f"life-{self._lives:02d}.log"))

    def start_working(self) -> Run:
        """Begin a life, and wait until it works."""
        begun = time.monotonic()
        run = self.start()
        until("the worker says that it runs", 60, run.working)
        self._startup_seconds = time.monotonic() - begun
        return run

    def live_and_die(self, *, starting: bool) -> None:
        """Let the worker live for a random time: within its start, or beyond it. A slow machine has more."""
        run = self.start() if starting else self.start_working()
        longest = self._startup_seconds if starting else max(0.5, 0.8 * self._startup_seconds)
        lived = self.chance.uniform(0.0, longest)
        time.sleep(lived)  # the random moment itself; nothing is waited for
        self.tally.while_starting += starting
        self.kill(run, f"{'starting' if starting else 'working'} for {lived:.3f} s")

    def kill(self, run: Run, when: str) -> None:
        """Kill, and count what was begun and not acknowledged; what `submit` sends is left out."""
        with self.drop.gate:
            run.kill()
            self.log.read()
            messages = self.log.taken()
            taken = sum(messages[each.sha256] > 0 for each in self.drop.waiting())
        undecided = sum(
            message["evidence"] is None or message["evidence"]["sha256"] not in self.submitter.digests
            for message in self.log.undecided()
        )
        self.tally.kills += 1
        self.tally.with_pending += bool(taken or undecided)
        self.tally.files_taken += taken
        self.tally.inputs_undecided += undecided
        self.tally.moments.append(f"{when}: {taken} files taken, {undecided} inputs undecided")


SEED = int(os.environ.get("KILL_SEED", "1"))


def test_a_run_that_is_killed_again_and_again_decides_everything_once_and_mints_nothing_twice(
    tmp_path: Path,
) -> None:
    kill_again_and_again(tmp_path, 2 * SEED)


def test_the_verdict_finds_what_it_looks_for(tmp_path: Path) -> None:
    """Stands between the two long tests, which pytest-xdist then gives to two processes."""
    book = Book("ledger-0")
    first = {
        "book": "ledger-0",
        "events": [{"type": "owner_started"}],
        "owner": "somebody",
        "prev": "0" * 64,
        "seq": 1,
        "source": None,
    }
    book.read(json.dumps(first).encode())
    source = {"topic": "inbox.custody", "partition": 0, "offset": 0, "sha256": digest(b"{}")}
    decision = first | {
        "events": [{"type": "lot_received"}],
        "prev": book.valid[0].sha256,
        "seq": 2,
        "source": source,
    }
    for void in (
        decision | {"seq": 3},
        decision | {"prev": "1" * 64},
        decision | {"source": source | {"offset": 1}},
    ):
        book.read(json.dumps(void).encode())
    assert (len(book.valid), book.void, book.copies) == (1, 3, 0)
    book.read(json.dumps(first).encode())
    assert (len(book.valid), book.void, book.copies) == (1, 4, 1)
    log = LogFile(path=tmp_path / "log.sqlite", books={"ledger-0": book})
    log.inboxes["inbox.custody", 0] = [b"{}"]
    with pytest.raises(AssertionError, match="was not decided"):
        check_inputs(log)
    book.read(json.dumps(decision).encode())
    assert list(check_inputs(log)) == [("inbox.custody", 0, 0)]
    log.inboxes["inbox.custody", 0] = [b"[]"]
    with pytest.raises(AssertionError, match="was other bytes"):
        check_inputs(log)


def test_another_load_killed_at_other_moments_comes_to_the_same(tmp_path: Path) -> None:
    kill_again_and_again(tmp_path, 2 * SEED + 1)


def kill_again_and_again(tmp_path: Path, seed: int) -> None:
    print(f"seed {seed} (KILL_SEED={SEED})")
    began = time.monotonic()
    data = tmp_path / "data"
    laid, sent = Load(seed, "laid"), Load(seed, "sent")
    drop = DropFolder(data, laid, backlog=BACKLOG)
    submitter = Submitter(data, sent)
    killer = Killer(data, seed, drop, submitter)

    kill_while_the_house_is_set_up(killer, laid)
    kill_under_load(killer)
    come_to_rest(killer)

    log = LogFile(path=data / "log.sqlite")
    log.read()
    decided = check_inputs(log)
    acknowledged = check_answers(data, decided, drop.laid)
    became = check_confirmations(log, decided, laid.movements | sent.movements)
    check_lots(log)
    mints = check_mints(log, data / "chains")
    check_sent(log, data / "chains")
    check_submitted(log, submitter.answers)
    messages = log.taken()
    print(*killer.tally.moments, killer.tally, sep="\n")
    print(
        f"{len(acknowledged)} inputs acknowledged, {len(submitter.answers)} submitted, "
        f"{len(decided)} decided, "
        f"{sum(messages[each.sha256] > 1 for each in drop.laid.values())} files told more than once, "
        f"{mints} mints, confirmations became {dict(became)}, "
        f"{sum(book.void for book in log.books.values())} void records, {time.monotonic() - began:.1f} s"
    )
    assert killer.tally.kills >= KILLS_MIN
    assert killer.tally.with_pending >= PENDING_KILLS_MIN
    assert len(acknowledged) >= ACKNOWLEDGED_MIN
    assert mints >= MINTS_MIN
    assert submitter.answers
    assert submitter.errors == []


def kill_while_the_house_is_set_up(killer: Killer, load: Load) -> None:
    """Lay the house's orders in before the first start, which creates the log, and kill it three times."""
    for sender, orders in load.house():
        killer.drop.lay(sender, orders)
    killer.live_and_die(starting=True)
    killer.live_and_die(starting=False)
    run = killer.start_working()
    until("the house rules stand", 60, lambda: killer.log.rules() >= load.house_rules(), look=0.1)
    killer.kill(run, "house")


def kill_under_load(killer: Killer) -> None:
    """Kill it until enough has come of it, once in four while it starts."""
    killer.drop.start()
    killer.submitter.start()
    try:
        while not enough(killer):
            assert killer.tally.kills < KILLS_MAX, f"too little happened: {killer.tally}"
            killer.live_and_die(starting=killer.chance.random() < 0.25)
    finally:
        killer.drop.stop()
        killer.submitter.stop()


def come_to_rest(killer: Killer) -> None:
    """Let a last life decide what is left, and stop it."""
    run = killer.start_working()
    until("everything laid in is answered", 60, lambda: not killer.drop.waiting(), look=0.05)
    until("everything is decided and final", 60, lambda: at_rest(killer.log), look=0.1)
    assert run.stop(10) == 0, run.said.read_text(encoding="utf-8")


def enough(killer: Killer) -> bool:
    answered = len(killer.drop.laid) - len(killer.drop.waiting())
    return (
        killer.tally.kills >= KILLS_MIN
        and killer.tally.with_pending >= PENDING_KILLS_MIN
        and answered >= ACKNOWLEDGED_MIN
    )


def at_rest(log: LogFile) -> bool:
    log.read()
    return not log.undecided() and log.open_mints() == 0
