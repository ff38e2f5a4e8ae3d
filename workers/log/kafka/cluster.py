"""How a cluster is reached: addresses, transport security, credentials."""

import ssl
from dataclasses import dataclass
from typing import Any

from workers.log.engine import LogUnusable


@dataclass(frozen=True, slots=True)
class Cluster:
    """A Kafka cluster as a client sees it.

    With `ca_file` connections are TLS; with `certificate_file` and `key_file` they are mutual TLS; with
    `username` they are SASL/SCRAM. `prefix` stands before every topic's name. `timeout_ms` is how long a
    request may take before its outcome is unknown.
    """

    bootstrap_servers: tuple[str, ...]
    prefix: str = ""
    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None
    username: str | None = None
    password: str | None = None
    mechanism: str = "SCRAM-SHA-512"
    timeout_ms: int = 10_000
    message_bytes_max: int = 16 * 1024 * 1024

    @property
    def security_protocol(self) -> str:
        """Return Kafka's name for the transport and the credentials."""
        transport = "SSL" if self.ca_file else "PLAINTEXT"
        return f"SASL_{transport}" if self.username else transport

    def client(self) -> dict[str, Any]:
        """Return what every client of aiokafka is made with."""
        settings: dict[str, Any] = {
            "bootstrap_servers": list(self.bootstrap_servers),
            "security_protocol": self.security_protocol,
            "request_timeout_ms": self.timeout_ms,
            "metadata_max_age_ms": 5_000,
            "retry_backoff_ms": 50,
        }
        if self.ca_file:
            settings["ssl_context"] = self.ssl_context()
        if self.username:
            settings |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return settings

    def ssl_context(self) -> ssl.SSLContext:
        """Return the context that checks the brokers' certificates, and shows ours where there is one."""
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
            if self.certificate_file:
                context.load_cert_chain(self.certificate_file, self.key_file)
        except (OSError, ssl.SSLError) as error:
            raise LogUnusable(
                f"the certificates for Kafka cannot be read: {error}; see to the files"
            ) from error
        return context

    def __repr__(self) -> str:
        """Return the address; a password is never shown."""
        return f"Cluster({','.join(self.bootstrap_servers)})"
