"""Running a worker until a signal asks it to stop, or until it is none any more."""

from collections.abc import Sequence

import faust

from workers.log.kafka import Cluster
from workers.runner import Surroundings
from workers.settings import WorkerSettings
from workers.stream.application import WorkerApp
from workers.stream.ending import Ending
from workers.stream.executor import SigningAccount, executor_worker
from workers.stream.rounds import Rounds
from workers.stream.settlement import settlement_worker
from workers.tracing.hooks import Tracing


def run_settlement(
    cluster: Cluster, around: Surroundings, settings: WorkerSettings, *, partitions: int
) -> str | None:
    """Run a settlement worker; it leaves the group before it returns. Return why it ended unasked."""
    return _run(*settlement_worker(cluster, around, settings, partitions=partitions))


def run_executor(
    cluster: Cluster,
    around: Surroundings,
    settings: WorkerSettings,
    accounts: Sequence[SigningAccount],
    *,
    partitions: int,
    poll_seconds: float,
    tracing: Tracing,
) -> str | None:
    """Run an executor worker; it leaves the group before it returns. Return why it ended unasked."""
    made = executor_worker(
        cluster,
        around,
        settings,
        accounts,
        partitions=partitions,
        poll_seconds=poll_seconds,
        tracing=tracing,
    )
    return _run(*made)


def _run(app: WorkerApp, rounds: Rounds) -> str | None:
    # `quiet` and no spinner: Faust draws for terminals, and standard error belongs to the logs.
    worker = faust.Worker(app, quiet=True, redirect_stdouts=False, override_logging=False)
    worker.spinner = None

    def why_dead() -> str | None:
        crash = rounds.failure or app.crash_reason or worker.crash_reason
        if crash is not None:
            return f"the worker ended: {type(crash).__name__}: {crash}"
        return "the worker was asked to stop and does not" if worker.should_stop else None

    ending = Ending(why_dead)
    ending.start()
    try:
        worker.execute_from_commandline()
    except SystemExit as ended:
        return why_dead() if ended.code else None
    finally:
        ending.over()
    return None
