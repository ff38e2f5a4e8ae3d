"""Whether a cluster lets us in, asked by one connection before any client: theirs do not say why not.

| what is wrong                                | what the broker, or we, do                    |
|----------------------------------------------|-----------------------------------------------|
| nobody listens at the address                | the connection is refused, or takes too long  |
| the broker's certificate is of another CA    | we end the handshake                          |
| our certificate is of another CA, or missing | it ends the handshake after we think it done  |
| one speaks TLS and the other does not        | somebody ends the connection                  |
| the user or the password is wrong            | it refuses the authentication                 |
| it wants a password and we have none         | it ends the connection at the first request   |
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import (
    KafkaConnectionError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest

from workers.log.engine import LogUnusable
from workers.log.kafka.cluster import Cluster
from workers.log.kafka.failures import RAISED

CONNECTION = ("security_protocol", "request_timeout_ms", "ssl_context")
CLOSE_SECONDS = 1.0


async def ask_admission(cluster: Cluster) -> None:
    """Return once one of the brokers lets us in; LogUnusable says why none does."""
    settings = {
        name: value for name, value in cluster.client().items() if name.startswith(("sasl", *CONNECTION))
    }
    asked = (_ask(cluster, server, settings) for server in cluster.bootstrap_servers)
    answers = await asyncio.gather(*asked)
    if None not in answers:
        # A refusal tells more than a broker that is away.
        raise LogUnusable(min((each for each in answers if each), key=lambda answer: answer[0])[1])


async def _ask(cluster: Cluster, server: str, settings: dict[str, Any]) -> tuple[int, str] | None:
    """Return why this broker does not let us in; None where it does."""
    host, _, port = server.rpartition(":")
    try:
        async with (
            asyncio.timeout(cluster.timeout_ms / 1000),
            _connection(host.strip("[]"), int(port), **settings) as connection,
        ):
            await connection.send(MetadataRequest([]))
    except (*RAISED, ValueError) as error:
        refused = _refusal(cluster, error)
        away = f"no broker answers ({str(error) or type(error).__name__}); see kafka.bootstrap_servers"
        return (0, f"{server}: {refused}") if refused else (1, f"{server}: {away}")
    return None


@asynccontextmanager
async def _connection(host: str, port: int, **settings: Any) -> AsyncIterator[Any]:
    """Connect, and wait for the end of a connection that there was."""
    connected = asyncio.Event()
    connection = AIOKafkaConnection(host, port, on_close=lambda *_: connected.set(), **settings)
    try:
        await connection.connect()
        yield connection
    finally:
        closed = connection.close()
        if connected.is_set():
            await asyncio.wait([closed], timeout=CLOSE_SECONDS)


def _refusal(cluster: Cluster, error: BaseException) -> str | None:
    """Return what is wrong with what we are, or with what the broker is; None where it is not there."""
    if isinstance(error, SaslAuthenticationFailed):
        return f"user {cluster.username} is unknown or its password is wrong; see kafka.username and password"
    if isinstance(error, UnsupportedSaslMechanismError):
        return f"no passwords by {cluster.mechanism} here; see kafka.mechanism and the port"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the broker's certificate is not trusted ({error.verify_message}); see kafka.ca_file"
    if isinstance(error, ssl.SSLError):
        return f"no TLS here ({error.reason}); see kafka.ca_file and the port"
    if not isinstance(error, KafkaConnectionError):
        return None
    if isinstance(error.__cause__, ssl.SSLError):
        why = (error.__cause__.reason or "").lower().replace("_", " ")
        return f"the broker refuses our certificate ({why}); see kafka.certificate_file"
    return "the broker ends the connection: it wants TLS or a password; see kafka.ca_file and kafka.username"
