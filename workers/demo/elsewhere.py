"""Playing the day on a log that is there already, on Kafka or embedded, with workers that are others'."""

import time

from schemas.house import CreateLog
from schemas.messages import BROADCAST, OPERATOR, TOPICS
from schemas.streams import inbox_stream
from workers.bootstrap import DEVELOPMENT_OPERATORS, acts_folder, open_configured
from workers.demo.day import make_day
from workers.demo.market import CHAINS
from workers.demo.outcome import EXPORT, audit_demo, show_outcome
from workers.demo.play import Player
from workers.house_view import first_message
from workers.log.engine import Engine, LogUnusable
from workers.settings import Settings


def run_demo_elsewhere(settings: Settings, seed: int, *, json: bool) -> int:
    """Play the day of a seed on the log of these settings, audit it and show it; 0 when it holds."""
    started = time.monotonic()
    _refuse_other_chains(settings)
    engine = open_configured(settings)
    try:
        _refuse_used_log(engine)
        player = Player(engine, settings.data)
        player.play(make_day(seed))
        outcome = audit_demo(engine, settings.data / EXPORT)
    finally:
        engine.close()
    return show_outcome(outcome, player.played, seed, time.monotonic() - started, json=json)


def _refuse_other_chains(settings: Settings) -> None:
    """Refuse settings without the day's accounts, and a place from which its holders reach no chain."""
    accounts = {account for chain in settings.chains for account in chain.accounts}
    missing = [f"{chain}-1" for chain in CHAINS if f"{chain}-1" not in accounts]
    if missing:
        raise LogUnusable(f"the day needs the signing account {missing[0]}; name it in the settings' chains")
    for chain in CHAINS:
        if not acts_folder(settings.data, chain).is_dir():
            raise LogUnusable(
                f"{settings.data} holds no simulated chain {chain}: play in the folder of whoever runs the "
                "chains, once they run"
            )


def _refuse_used_log(engine: Engine) -> None:
    """Refuse a log that holds more than its genesis: the day's ids would be somebody's already."""
    genesis = first_message(engine)
    if genesis is None:
        raise LogUnusable("there is no log, or none of ours; create it, and start its workers")
    rule = genesis.rule
    if not _is_operated_as_in_the_demo(rule):
        raise LogUnusable(
            f"the log {rule.log} has other operators than the day; play it on a development log"
        )
    for partition in range(rule.partitions):
        for topic in TOPICS:
            used = engine.end(inbox_stream(topic, partition))
            own = topic == BROADCAST or (topic == OPERATOR and partition == 0)  # genesis, and its relay
            if used > int(own):
                raise LogUnusable(
                    f"the log {rule.log} holds more than its genesis; the day is played on a new log alone"
                )


def _is_operated_as_in_the_demo(rule: CreateLog) -> bool:
    keys = {each.operator: each.public_key for each in rule.operators}
    return all(name in keys and keys[name] is None for name in DEVELOPMENT_OPERATORS)
