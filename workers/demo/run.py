"""Running the demo from an empty folder to a verified export."""

import shutil
import time
from collections import Counter
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
from workers.demo.play import Player
from workers.demo.summary import print_summary
from workers.demo.worker import CONFIG, Worker, write_config
from workers.house_view import first_message
from workers.log.engine import LogUnusable

PARTITIONS = 4
LOG_NAME = "demo"


def run_demo(data: Path, seed: int, *, json: bool) -> int:
    """Play the day of a seed in a folder, verify the log that it leaves, and show it; 0 when it holds."""
    started = time.monotonic()
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
    worker = Worker(data)
    player = Player(data, worker)
    try:
        worker.start()
        player.play(make_day(seed))
        worker.stop()
        player.view.advance()
    finally:
        worker.kill()
        player.close()
    print_summary(player.view.states, Counter())
    print(time.monotonic() - started, player.played)
    return 0


def _prepare(data: Path) -> None:
    """Make the folder empty, if it holds nothing or an earlier demo; refuse any other log."""
    if log_path(data).exists():
        _refuse_other_log(data)
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
