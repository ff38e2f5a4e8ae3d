"""A log under load on a secured broker: each role comes in as a user of its own, with its printed rights."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tests.brokers.kafka_verdict import LogOnKafka
from tests.brokers.secured_broker import ADMINISTRATOR, SecuredBroker
from tests.brokers.sender import Sender
from tests.brokers.under_load import UnderLoad
from tests.brokers.worker_processes import ACCOUNTS, CHAINS, tallystick
from tests.kills.kill_load import Load
from workers.log.kafka import Cluster
from workers.topics.administration import client_settings

FIRST, *OTHERS = ACCOUNTS
EXECUTORS = {FIRST: f"executor-{FIRST}", **dict.fromkeys(OTHERS, "executor-of-others")}
"""Who signs for which account: the first has a user of its own, the others share one."""
USERS = {name: name for name in ("gateway", "operator", "settlement", "auditor")} | {
    f"executor-{account}": user for account, user in EXECUTORS.items()
}
"""Which user has which role."""


class SecuredLog(UnderLoad):
    """A log whose topics an administrator made; leaving the block ends its workers."""

    def __init__(self, broker: SecuredBroker, folder: Path, seed: int) -> None:
        self.broker = broker
        self._prefix = f"t{secrets.token_hex(4)}."
        self._users: dict[str, Cluster] = {}
        super().__init__(broker.bootstrap, folder, seed)

    def create(self) -> None:
        """Make the topics, give the rights as they are printed, and create the log as an operator."""
        administrator = self.workers.config(ADMINISTRATOR)
        tallystick("topics", "apply", "--config", administrator)
        printed = tallystick("topics", "plan", "--acls", "--json", "--config", administrator)
        self.rights = json.loads(printed)
        self.broker.give(self.rights, USERS)
        tallystick("log", "create", "--config", self.config("operator"))

    def user(self, name: str) -> Cluster:
        """Return how a user comes in: by a password, the first executor by a certificate."""
        if name not in self._users:
            by = self.broker.with_certificate if name == EXECUTORS[FIRST] else self.broker.with_password
            self._users[name] = replace(by(name), prefix=self._prefix)
        return self._users[name]

    def config(self, name: str, *, chains: tuple[str, ...] = CHAINS) -> Path:
        """Write settings of a user."""
        return self.workers.config(name, cluster=self.user(name), chains=chains)

    def start_all(self) -> None:
        """Start two settlement workers and both executors, and set the house up as an operator."""
        self.workers.add(cluster=self.user("settlement"))
        self.workers.add(cluster=self.user("settlement"))
        self.workers.add("executor", cluster=self.user(EXECUTORS[FIRST]), chains=CHAINS[:1])
        self.workers.add("executor", cluster=self.user(EXECUTORS[OTHERS[0]]), chains=CHAINS[1:])
        self.until("genesis is decided", lambda log: log.rules() >= 1)
        operator = Sender(self.user("operator"), Load(self.seed, "house"), partitions=self.partitions)
        self.senders.append(operator)
        operator.send(operator.load.house())
        self.until("the house stands", lambda log: log.rules() >= operator.load.house_rules())

    def granted(self, users: Mapping[str, str] = USERS) -> set[tuple[str, str, str, str]]:
        """Return every right that was given: user, kind, name, operation."""
        return {
            (users[right["role"]], right["kind"], right["name"], operation)
            for right in self.rights
            for operation in right["operations"]
        }

    def _make_topics(self, _replication_factor: int) -> Cluster:
        return replace(self.broker.with_certificate(ADMINISTRATOR), prefix=self._prefix)

    def _sending(self, name: str) -> Sender:
        return Sender(self.user("gateway"), Load(self.seed, name), partitions=self.partitions)

    def _reading(self) -> LogOnKafka:
        return LogOnKafka(
            bootstrap=self.bootstrap, prefix=self._prefix, credentials=client_settings(self.cluster)
        )
