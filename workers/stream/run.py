"""Running a worker until a signal asks it to stop."""

from collections.abc import Sequence

import faust

from workers.log.kafka import Cluster
from workers.runner import Surroundings
from workers.settings import WorkerSettings
from workers.stream.application import WorkerApp
from workers.stream.executor import SigningAccount, executor_worker
from workers.stream.settlement import settlement_worker


def run_settlement(cluster: Cluster, around: Surroundings, settings: WorkerSettings) -> None:
    """Run a settlement worker; it leaves the group before it returns."""
    app, _ = settlement_worker(cluster, around, settings)
    _run(app)


def run_executor(
    cluster: Cluster,
    around: Surroundings,
    settings: WorkerSettings,
    accounts: Sequence[SigningAccount],
    *,
    poll_seconds: float,
) -> None:
    """Run an executor worker; it leaves the group before it returns."""
    app, _ = executor_worker(cluster, around, settings, accounts, poll_seconds=poll_seconds)
    _run(app)


def _run(app: WorkerApp) -> None:
    faust.Worker(app, redirect_stdouts=False, override_logging=False).execute_from_commandline()
