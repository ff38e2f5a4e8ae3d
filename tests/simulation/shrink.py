"""Making a failing run small: fewer steps, then fewer kinds of action, while it still fails alike."""

from collections.abc import Callable

from tests.simulation.actions import ACTIONS
from tests.simulation.run import Outcome, run

Run = Callable[..., Outcome]


def shrink(outcome: Outcome, again: Run = run) -> Outcome:
    """Return the smallest run found that breaks the same invariant."""
    best = _fewer_steps(outcome, again)
    for kind in ACTIONS:
        candidate = again(best.seed, steps=best.steps, without={*best.without, kind})
        if alike(candidate, outcome):
            best = candidate
    return _fewer_steps(best, again)


def alike(one: Outcome, other: Outcome) -> bool:
    """Return whether both break the same invariant first."""
    return bool(one.violations) and one.violations[0].number == other.violations[0].number


def command(outcome: Outcome) -> str:
    """Return what runs this again."""
    without = f" --without {','.join(sorted(outcome.without))}" if outcome.without else ""
    return f"python -m tests.simulation --seeds 1 --first {outcome.seed} --steps {outcome.steps}{without}"


def _fewer_steps(outcome: Outcome, again: Run) -> Outcome:
    """Stop at the step that broke it; a run that broke at its end is tried with halves and less."""
    best = outcome
    if best.last_step < best.steps:
        candidate = again(best.seed, steps=best.last_step + 1, without=best.without)
        best = candidate if alike(candidate, outcome) else best
    cut = best.steps // 2
    while cut > 0:
        candidate = again(best.seed, steps=best.steps - cut, without=best.without)
        if alike(candidate, outcome):
            best = candidate
        cut = min(cut // 2, best.steps)
    return best
