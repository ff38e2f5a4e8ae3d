"""One seed is one run."""

import logging
import traceback
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

import structlog

from tests.simulation import afternoon, ending, finality, house, mischief, weather
from tests.simulation.account import account
from tests.simulation.actions import ACTIONS, choose
from tests.simulation.world import World
from workers.core.invariants import Violation

STEPS = 500


@dataclass(slots=True)
class Outcome:
    """What a run found; `last_step` is where it stopped, `STEPS` or more at the end."""

    seed: int
    steps: int
    without: frozenset[str]
    violations: list[Violation] = field(default_factory=list)
    coverage: Counter[str] = field(default_factory=Counter)
    records: int = 0
    last_step: int = 0
    trace: str = ""


def run(seed: int, *, steps: int = STEPS, without: Collection[str] = ()) -> Outcome:
    """Play a seed: the first `steps` steps, leaving out some kinds of action, then the end."""
    return play(seed, steps=steps, without=without)[1]


def play(seed: int, *, steps: int = STEPS, without: Collection[str] = ()) -> tuple[World, Outcome]:
    """Play a seed, and return the world that it leaves as well."""
    outcome = Outcome(seed, steps, frozenset(without))
    with silence():
        world = World(str(seed))
        with world.folder:
            try:
                _play(world, outcome)
            except Exception as error:  # noqa: BLE001 - whatever a program raises is a finding of its own
                outcome.trace = traceback.format_exc()
                world.watcher.violate("RAISED", f"{type(error).__name__}: {error}")
        world.account_for_all()
    outcome.violations = world.watcher.violations
    outcome.coverage = world.coverage.counts
    outcome.records = world.watcher.records
    return world, outcome


def _play(world: World, outcome: Outcome) -> None:
    beginning = Random(f"{world.seed}/beginning")
    if beginning.random() < 0.7:
        world.log.calm()
    else:
        mischief.early(world, beginning)
    house.furnish(world)
    world.log.storm()
    for step in range(outcome.steps):
        outcome.last_step = step
        _step(world, step, outcome.without)
        if world.watcher.violations:
            return
    outcome.last_step = outcome.steps
    if "break_finality" not in outcome.without:
        finality.break_finality(world, Random(f"{world.seed}/last"))
    ending.calm(world)
    if "break_finality" not in outcome.without:
        afternoon.afternoon(world, outcome.without)
    ending.rest(world)
    if not world.watcher.violations:
        account(world)


def _step(world: World, step: int, without: Collection[str]) -> None:
    """Do one step; each has chance of its own, so that leaving one out leaves the others as they were."""
    random = Random(f"{world.seed}/{step}")
    name = choose(random)
    world.clock.pass_by(random.random() * 2)
    weather.blocks(world)
    if name not in without:
        ACTIONS[name][1](world, random)


@contextmanager
def silence() -> Iterator[None]:
    """Keep what the workers would log to themselves."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)
