"""`run` on the real file, under load, killed with SIGKILL at random moments, also while it starts.

What was acknowledged (its file left `in`, with an answer) is decided exactly once; what was not is still
there to be decided; no mint is done twice. KILL_SEED=n plays another load and other moments.
"""

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
from kill_load import Load
from kill_verdict import (
    LogFile,
    check_answers,
    check_confirmations,
    check_inputs,
    check_lots,
    check_mints,
)
from killed_run import DropFolder, Run, Submitter, until, write_config

KILLS_MIN = 16
PENDING_KILLS_MIN = 11
ACKNOWLEDGED_MIN = 600
LIVES_MAX = 60
BACKLOG = 150


@dataclass(slots=True)
class Tally:
    """What the killing came to."""

    kills: int = 0
    while_starting: int = 0
    with_pending: int = 0
    taken_and_unanswered: int = 0
    undecided: int = 0
    moments: list[str] = field(default_factory=list)


class Killer:
    """Starts the worker, kills it at a random moment, and looks at what it left behind."""

    def __init__(self, data: Path, seed: int, drop: DropFolder, log: LogFile, submitter: Submitter) -> None:
        self.tally = Tally()
        self._config = write_config(data)
        self._chance = Random(f"{seed}-kills")
        self._drop = drop
        self._log = log
        self._submitter = submitter
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

    def live_and_die(self) -> None:
        """Let the worker live for a random time, three times of four beyond its start."""
        starting = self._chance.random() < 0.25
        run = self.start() if starting else self.start_working()
        lived = self._chance.uniform(0.0, self._startup_seconds if starting else 0.7)
        time.sleep(lived)  # the random moment itself; nothing is waited for
        with self._drop.gate:
            run.kill()
            self._look(lived, starting=starting)

    def _look(self, lived: float, *, starting: bool) -> None:
        """Count what the dead worker had begun and not acknowledged; what `submit` sends is left out."""
        self._log.read()
        messages = self._log.taken()
        taken = [each for each in self._drop.waiting() if messages[each.sha256]]
        undecided = [
            message
            for message in self._log.undecided()
            if message["evidence"] is None or message["evidence"]["sha256"] not in self._submitter.digests
        ]
        self.tally.kills += 1
        self.tally.while_starting += starting
        self.tally.with_pending += bool(taken or undecided)
        self.tally.taken_and_unanswered += len(taken)
        self.tally.undecided += len(undecided)
        phase = "start" if starting else "work"
        self.tally.moments.append(f"{phase}+{lived:.3f}: {len(taken)} taken, {len(undecided)} undecided")


@pytest.mark.parametrize("seed", [int(os.environ.get("KILL_SEED", "1")) * 2 + each for each in (0, 1)])
def test_a_run_that_is_killed_again_and_again_decides_everything_once_and_mints_nothing_twice(
    tmp_path: Path, seed: int
) -> None:
    print(f"seed {seed} (KILL_SEED={seed // 2})")
    began = time.monotonic()
    data = tmp_path / "data"
    load, sent = Load(seed, "laid"), Load(seed, "sent")
    drop, log, submitter = DropFolder(data, load, backlog=BACKLOG), LogFile(data / "log.sqlite"), Submitter(data, sent)
    killer = Killer(data, seed, drop, log, submitter)
    for sender, orders in load.house():
        drop.lay(sender, orders)
    killer.live_and_die()
    killer.live_and_die()
    run = killer.start_working()
    until("the house rules stand", 60, lambda: rules_stand(log, load.house_rules()), look=0.1)
    run.kill()

    drop.start()
    submitter.start()
    try:
        while not enough(killer.tally, drop):
            assert len(killer.tally.moments) < LIVES_MAX, f"too little happened: {killer.tally}"
            killer.live_and_die()
    finally:
        drop.stop()
        submitter.stop()
    run = killer.start_working()
    until("everything laid in is answered", 60, lambda: not drop.waiting(), look=0.1)
    until("everything is decided and final", 60, lambda: at_rest(log), look=0.2)
    assert run.stop(10) == 0, run.said.read_text(encoding="utf-8")

    log = LogFile(data / "log.sqlite")
    log.read()
    decided = check_inputs(log)
    acknowledged = check_answers(data, decided, drop.laid)
    became = check_confirmations(log, decided, load.movements | sent.movements)
    check_lots(log)
    mints = check_mints(log, data / "chains")
    check_submitted(log, submitter)
    again = sum(1 for each in drop.laid.values() if log.taken()[each.sha256] > 1)
    seconds = time.monotonic() - began
    print(*killer.tally.moments, sep="\n")
    print(
        f"{killer.tally.kills} kills ({killer.tally.while_starting} while starting,"
        f" {killer.tally.with_pending} with work pending: {killer.tally.taken_and_unanswered} files taken,"
        f" {killer.tally.undecided} inputs undecided), {len(acknowledged)} inputs acknowledged,"
        f" {len(submitter.answers)} submitted, {len(decided)} decided, {again} files told again, {mints} mints,"
        f" confirmations became {dict(became)}, {sum(book.void for book in log.books.values())} void records,"
        f" {seconds:.1f} s"
    )
    assert killer.tally.kills >= KILLS_MIN
    assert killer.tally.with_pending >= PENDING_KILLS_MIN
    assert len(acknowledged) >= ACKNOWLEDGED_MIN
    assert mints >= 50
    assert became["confirmation_repeated"] >= 10


def enough(tally: Tally, drop: DropFolder) -> bool:
    answered = len(drop.laid) - len(drop.waiting())
    return (
        tally.kills >= KILLS_MIN and tally.with_pending >= PENDING_KILLS_MIN and answered >= ACKNOWLEDGED_MIN
    )


def rules_stand(log: LogFile, expected: int) -> bool:
    """Whoever finds a rule in partition 0 of the broadcast finds it in every partition."""
    log.read()
    messages = log.inboxes["inbox.broadcast", 0]
    return sum(1 for each in set(messages) if b'"house_rule_published"' in each) >= expected


def at_rest(log: LogFile) -> bool:
    log.read()
    return not log.undecided() and log.open_mints() == 0


def check_submitted(log: LogFile, submitter: Submitter) -> None:
    """What `submit` said is appended is in that inbox, as evidence and as a message."""
    assert submitter.errors == []
    assert submitter.answers
    import hashlib

    digests = {
        f"{topic}-{partition}": {hashlib.sha256(value).hexdigest() for value in values}
        for (topic, partition), values in log.inboxes.items()
    }
    for answer in submitter.answers:
        assert answer["message"] in digests[answer["stream"]]
        assert answer["evidence"] in log.evidence
