"""Running a worker until a signal asks it to stop."""

import faust

from workers.log.kafka import Cluster
from workers.runner import Surroundings
from workers.settings import WorkerSettings
from workers.stream.settlement import settlement_worker


def run_settlement(cluster: Cluster, around: Surroundings, settings: WorkerSettings) -> None:
    """Run a settlement worker; it leaves the group before it returns."""
    app, _ = settlement_worker(cluster, around, settings)
    faust.Worker(app, redirect_stdouts=False, override_logging=False).execute_from_commandline()
