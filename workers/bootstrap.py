"""Joining the parts: opening and creating logs, chains, and the embedded runtime, from settings."""

import hashlib
import os
import secrets
import socket
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from random import SystemRandom

from schemas import instants
from schemas.envelope import Message, encode_message
from schemas.house import CreateLog, Operator, Policy
from schemas.messages import OPERATOR, Genesis
from schemas.streams import inbox_stream
from workers.chains.simulated import Acts, Driver, Network, RemoteChain, SimulatedChain, SqliteStore
from workers.chains.simulated import Genesis as ChainGenesis
from workers.house_view import first_message
from workers.log.engine import Engine, LogUnusable
from workers.log.kafka import Cluster
from workers.log.sqlite import SqliteEngine
from workers.observability import tells_records
from workers.runner import Surroundings
from workers.settings import KafkaSettings, Settings, SimulatedChainSettings

LOG_FILE = "log.sqlite"
DEVELOPMENT_POLICY = Policy(
    rules_version=1,
    largest_time_jump_seconds=24 * 3600,
    issuance_expiry_seconds=10 * 24 * 3600,
    mint_deadline_seconds=900,
    mint_attempts_max=3,
    events_per_decision_max=200,
)
DEVELOPMENT_OPERATORS = ("alice", "bob")


def program_version() -> str:
    """Return the installed program's version."""
    return version("tallystick")


def now() -> str:
    """Return this moment as an instant."""
    return instants.text(datetime.now(UTC))


def surroundings(*, readback_timeout_seconds: float = 10.0) -> Surroundings:
    """Return the real clock, and owner ids that tell host, process and time."""
    chance = SystemRandom()
    host = "".join(each if each.isalnum() else "-" for each in socket.gethostname())[:24]
    return Surroundings(
        now=now,
        monotonic=time.monotonic,
        new_owner=lambda: f"{host}-{os.getpid()}-{secrets.token_hex(4)}",
        pause=lambda: chance.uniform(0.02, 0.2),
        program=f"tallystick-{program_version()}",
        readback_timeout_seconds=readback_timeout_seconds,
        tell_records=tells_records(),
    )


def log_path(data: Path) -> Path:
    """Return the embedded log's file in its folder."""
    return data / LOG_FILE


def open_log(data: Path, *, read_only: bool = False) -> SqliteEngine:
    """Open the embedded log of a folder; `LogUnusable` where there is none."""
    path = log_path(data)
    if not path.exists():
        raise LogUnusable(f"there is no log in {data}; `tallystick run --data {data}` creates one")
    return SqliteEngine(path, read_only=read_only)


def cluster_of(settings: KafkaSettings) -> Cluster:
    """Return the cluster that the settings name."""
    return Cluster(
        bootstrap_servers=settings.bootstrap_servers,
        prefix=settings.prefix,
        ca_file=_text(settings.ca_file),
        certificate_file=_text(settings.certificate_file),
        key_file=_text(settings.key_file),
        username=settings.username,
        password=settings.secret,
        mechanism=settings.mechanism,
        timeout_ms=settings.timeout_milliseconds,
    )


def open_configured(settings: Settings, *, read_only: bool = False) -> Engine:
    """Open the log that the settings name: on Kafka where they name a cluster, else the embedded one."""
    if settings.kafka is not None:
        from workers.log.kafka.engine import KafkaEngine  # noqa: PLC0415 - its clients take long to import

        return KafkaEngine(cluster_of(settings.kafka))
    return open_log(settings.data, read_only=read_only)


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def partitions_of(engine: Engine) -> int:
    """Return the number of partitions that genesis gave the log."""
    genesis = first_message(engine)
    if genesis is None:
        raise LogUnusable("the log has no genesis as its first message; this is no Tallystick log")
    return genesis.rule.partitions


def make_folder(data: Path) -> None:
    """Make the embedded log's folder where there is none."""
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = "is no folder" if data.exists() else f"cannot be made: {error.strerror}"
        raise LogUnusable(f"{data} {why}; name another folder with --data") from error


def create_log(data: Path, rule: CreateLog) -> bool:
    """Create an embedded log whose first message is this genesis; False where there is one, which stays.

    A process that dies before it appended genesis leaves an empty log, which is gone on with.
    """
    make_folder(data)
    engine = SqliteEngine(log_path(data))
    try:
        return append_genesis(engine, rule)
    finally:
        engine.close()


def append_genesis(engine: Engine, rule: CreateLog) -> bool:
    """Append genesis as the first message of an empty log; False where there is one, which stays."""
    if first_message(engine) is not None or engine.streams():
        return False
    message = Message(
        type="genesis",
        received_at=now(),
        sender="tallystick",
        instrument=None,
        evidence=None,
        reader=None,
        body=Genesis(rule=rule),
    )
    engine.append({inbox_stream(OPERATOR, 0): [encode_message(message)]})
    return True


def development_log(settings: Settings) -> CreateLog:
    """Return the genesis of a development log: two operators whose orders are unsigned."""
    return CreateLog(
        log=settings.log,
        partitions=settings.partitions,
        operators=tuple(Operator(operator=name, public_key=None) for name in DEVELOPMENT_OPERATORS),
        policy=DEVELOPMENT_POLICY,
    )


@dataclass(frozen=True, slots=True)
class SimulatedNode:
    """A simulated chain in this process, as a client sees it, and its network."""

    chain: SimulatedChain
    network: Network
    driver: Driver
    acts: Acts

    def produce_blocks(self) -> None:
        """Do what lies in the chain's folder, and make the blocks that are due by the wall clock."""
        self.acts.take()
        self.driver.advance_to(time.time())

    def deploy(self, token: str) -> None:
        """Have a token made, where it does not exist yet."""
        self.network.deploy(token)


@dataclass(frozen=True, slots=True)
class RemoteNode:
    """A simulated chain in another process, which makes its blocks."""

    chain: RemoteChain

    def produce_blocks(self) -> None:
        """Do nothing: its own process does."""

    def deploy(self, token: str) -> None:
        """Have a token made, where it does not exist yet."""
        self.chain.deploy(token)


def chain_node(data: Path, settings: SimulatedChainSettings) -> SimulatedNode | RemoteNode:
    """Return a simulated chain, of this process or, where the settings have its URL, of another."""
    if settings.url is not None:
        return RemoteNode(RemoteChain(settings.name, settings.url))
    return simulated_node(data, settings)


def simulated_node(data: Path, settings: SimulatedChainSettings) -> SimulatedNode:
    """Return a simulated chain that is kept in the folder and survives this process."""
    folder = data / "chains"
    folder.mkdir(parents=True, exist_ok=True)
    network = Network(
        ChainGenesis(
            name=settings.name,
            accounts={account: _development_key(settings.name, account) for account in settings.accounts},
            tokens=(),
            finality_depth_blocks=settings.finality_depth_blocks,
            timestamp=int(time.time()),
        ),
        SqliteStore(folder / f"{settings.name}.sqlite"),
    )
    driver = Driver(network, block_time_milliseconds=settings.block_time_milliseconds)
    acts = Acts(network, driver, acts_folder(data, settings.name))
    return SimulatedNode(SimulatedChain(network, entropy=secrets.token_bytes), network, driver, acts)


def acts_folder(data: Path, chain: str) -> Path:
    """Return where files are laid that say what holders do on a simulated chain."""
    return data / "chains" / f"{chain}.acts"


def _development_key(chain: str, account: str) -> bytes:
    """Return a key that is the same on every machine: a simulated chain holds no value, and folders move."""
    return hashlib.sha256(f"development key of {account} on {chain}".encode()).digest()
