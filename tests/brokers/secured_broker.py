"""A broker that lets nobody in without a password or a certificate, and nobody do what no rule allows.

| listener   | who comes in                                                          |
|------------|-----------------------------------------------------------------------|
| CONTROLLER | the broker itself, by its certificate                                 |
| MUTUAL     | whoever has a certificate of `authority`; its common name is the user |
| PASSWORD   | users with a SCRAM-SHA-512 password, over TLS                         |

`administrator` and the broker are super users; everybody else has the rights that a test gives.
"""

import asyncio
import re
import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    KafkaAdminClient,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from tests.brokers.certificates import Authority
from tests.brokers.kafka_broker import KafkaBroker, until, unused_port
from workers.log.engine import LogUnusable
from workers.log.kafka import Cluster
from workers.log.kafka.admission import ask_admission
from workers.topics.administration import client_settings

ADMINISTRATOR = "administrator"
INSIDE = "/etc/kafka/secrets"
LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
LOGGING = """Configuration:
  Appenders:
    Console: {name: STDOUT, PatternLayout: {pattern: "%p %m (%c)%n"}}
  Loggers:
    Root: {level: WARN, AppenderRef: {ref: STDOUT}}
    Logger:
      - {name: kafka, level: INFO}
      - {name: kafka.authorizer.logger, level: DEBUG}
"""
ASKED = re.compile(
    r"Principal = User:(\S+) is (Allowed|Denied) operation = (\w+) from host = \S+ "
    r"on resource = (\w+):LITERAL:(\S+) "
)
SECONDS = 60

Granted = tuple[str, str, str, str]
"""User, kind of resource, its name, operation: as Kafka's authorizer writes them."""


class SecuredBroker(KafkaBroker):
    """One broker, its authority, and the passwords of those who were given one."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder, "ours")
        self.password_port = unused_port(Random())
        self._folder = folder
        self._passwords: dict[str, str] = {}
        own = self.authority.issue("broker", hosts=("kafka1", "localhost", "127.0.0.1"))
        super().__init__(settings=self._settings(own.pair.name))
        self.with_envs(
            KAFKA_ADVERTISED_LISTENERS=f"MUTUAL://{self.bootstrap},PASSWORD://{self.password_bootstrap}"
        )
        self.with_bind_ports(9095, self.password_port)
        self.with_volume_mapping(str(self.authority.ca_file.parent), INSIDE, "ro")
        logging = folder / "log4j2.yaml"
        logging.write_text(LOGGING, encoding="utf-8")
        self.with_volume_mapping(str(logging), "/etc/kafka/docker/log4j2.yaml", "ro")

    @property
    def password_bootstrap(self) -> str:
        """Return where those find it who come with a password."""
        return f"127.0.0.1:{self.password_port}"

    def with_certificate(self, user: str) -> Cluster:
        """Return how a user comes in by a certificate."""
        made = self.authority.issue(user)
        return Cluster(
            (self.bootstrap,),
            ca_file=str(self.authority.ca_file),
            certificate_file=str(made.certificate),
            key_file=str(made.key),
        )

    def with_password(self, user: str) -> Cluster:
        """Return how a user comes in by a password, which is made the first time."""
        if user not in self._passwords:
            self._passwords[user] = secrets.token_urlsafe(18)
            made = UserScramCredentialUpsertion(user, ScramMechanism.SCRAM_SHA_512, self._passwords[user])
            with self.administration() as admin:
                admin.alter_user_scram_credentials([made])
        cluster = Cluster(
            (self.password_bootstrap,),
            ca_file=str(self.authority.ca_file),
            username=user,
            password=self._passwords[user],
        )
        until(f"{user} is known", SECONDS, lambda: _admitted(cluster))
        return cluster

    def give(self, rights: Iterable[Mapping[str, Any]], users: Mapping[str, str]) -> None:
        """Give what `tallystick topics plan --acls --json` printed; `users` says who has which role."""
        wanted = {
            ACL(
                f"User:{users[right['role']]}",
                "*",
                ACLOperation[operation],
                ACLPermissionType.ALLOW,
                ResourcePattern(ResourceType[right["kind"]], right["name"]),
            )
            for right in rights
            if right["role"] in users
            for operation in right["operations"]
        }
        with self.administration() as admin:
            assert not admin.create_acls(list(wanted))["failed"]
            until("the rights are known", SECONDS, lambda: wanted <= set(admin.describe_acls(EVERY)[0]))

    def asked(self) -> dict[str, set[Granted]]:
        """Return what the authorizer was asked so far, by its answer."""
        found: dict[str, set[Granted]] = defaultdict(set)
        for user, answer, operation, kind, name in ASKED.findall(
            self.get_wrapped_container().logs().decode()
        ):
            found[answer].add((user, kind.upper(), name, operation))
        return found

    def passwords(self) -> list[str]:
        """Return every password that was made."""
        return list(self._passwords.values())

    @contextmanager
    def administration(self) -> Iterator[KafkaAdminClient]:
        """Give the administrator's client."""
        admin = KafkaAdminClient(**client_settings(self.with_certificate(ADMINISTRATOR)))
        try:
            yield admin
        finally:
            admin.close()

    @staticmethod
    def _settings(pair: str) -> dict[str, str]:
        return {
            "KAFKA_LISTENERS": "CONTROLLER://:9093,MUTUAL://:9094,PASSWORD://:9095",
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:SSL,MUTUAL:SSL,PASSWORD:SASL_SSL",
            "KAFKA_INTER_BROKER_LISTENER_NAME": "MUTUAL",
            "KAFKA_LISTENER_NAME_MUTUAL_SSL_CLIENT_AUTH": "required",
            "KAFKA_LISTENER_NAME_CONTROLLER_SSL_CLIENT_AUTH": "required",
            "KAFKA_SASL_ENABLED_MECHANISMS": "SCRAM-SHA-512",
            "KAFKA_LISTENER_NAME_PASSWORD_SCRAM___SHA___512_SASL_JAAS_CONFIG": LOGIN,
            "KAFKA_SSL_KEYSTORE_TYPE": "PEM",
            "KAFKA_SSL_KEYSTORE_LOCATION": f"{INSIDE}/{pair}",
            "KAFKA_SSL_TRUSTSTORE_TYPE": "PEM",
            "KAFKA_SSL_TRUSTSTORE_LOCATION": f"{INSIDE}/ours.crt",
            "KAFKA_SSL_PRINCIPAL_MAPPING_RULES": "RULE:^CN=([^,]+).*$/$1/,DEFAULT",
            "KAFKA_AUTHORIZER_CLASS_NAME": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "KAFKA_SUPER_USERS": f"User:broker;User:{ADMINISTRATOR}",
        }


EVERY = ACLFilter(
    None,
    None,
    ACLOperation.ANY,
    ACLPermissionType.ANY,
    ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY),
)


def _admitted(cluster: Cluster) -> bool:
    try:
        asyncio.run(ask_admission(cluster))
    except LogUnusable:
        return False
    return True
