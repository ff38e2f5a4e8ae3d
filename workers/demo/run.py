"""Running the demo from an empty folder to a verified export."""

import shutil
import signal
import time
from pathlib import Path

from schemas.house import CreateLog, Operator
from workers.bootstrap import (
    DEVELOPMENT_OPERATORS,
    DEVELOPMENT_POLICY,
    create_log,
    log_path,
    open_log,
)
from workers.demo.day import make_day
from workers.demo.outcome import EXPORT, audit_demo, show_outcome
from workers.demo.play import Played, Player
from workers.demo.worker import CONFIG, Worker, write_config
from workers.house_view import first_message
from workers.log.engine import Engine, LogUnusable
from workers.log.ownership import Ownership

PARTITIONS = 4
LOG_NAME = "demo"


def run_demo(data: Path, seed: int, *, json: bool) -> int:
    """Play the day of a seed in a folder, verify the log that it leaves, and show it; 0 when it holds."""
    started = time.monotonic()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends the demo ends its worker
    _prepare(data)
    create_log(
        data,
        CreateLog(
            log=LOG_NAME,
            partitions=PARTITIONS,
            operators=tuple(Operator(operator=name, public_key=None) for name in DEVELOPMENT_OPERATORS),
            policy=DEVELOPMENT_POLICY,
        ),
    )
    write_config(data)
    engine = open_log(data)
    try:
        played = _play(engine, data, seed)
        outcome = audit_demo(engine, data / EXPORT)
    finally:
        engine.close()
    return show_outcome(outcome, played, seed, time.monotonic() - started, json=json)


def _play(engine: Engine, data: Path, seed: int) -> Played:
    worker = Worker(data)
    player = Player(engine, data, worker)
    try:
        worker.start()
        player.play(make_day(seed))
        worker.stop()
    finally:
        worker.kill()
    return player.played


def _prepare(data: Path) -> None:
    """Make the folder empty, if it holds nothing or an earlier demo; refuse any other log."""
    if log_path(data).exists():
        _refuse_other_log(data)
        with Ownership(data):  # an earlier demo, and not one that is being played
            shutil.rmtree(data)
    elif data.exists() and any(data.iterdir()):
        raise LogUnusable(f"{data} holds something that is no demo; name another folder with --data")
    data.mkdir(parents=True, exist_ok=True)


def _refuse_other_log(data: Path) -> None:
    engine = open_log(data, read_only=True)
    try:
        genesis = first_message(engine)
    finally:
        engine.close()
    if genesis is None or genesis.rule.log != LOG_NAME or not (data / CONFIG).exists():
        raise LogUnusable(f"{data} holds another log, which stays; name another folder with --data")
