"""What a client's errors mean for the log.

| when                               | what is known             | error          |
|------------------------------------|---------------------------|----------------|
| connecting                         | nothing was appended      | LogUnusable    |
| reading, no answer                 | the log may be as it was  | LogUnusable    |
| reading before a topic's beginning | what was kept is gone     | LogDamaged     |
| an end before one that was known   | an acknowledged end lost  | LogDamaged     |
| appending, before the first send   | nothing was appended      | AppendFailed   |
| appending, after it                | anything may be           | OutcomeUnknown |
"""

import asyncio

from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

RAISED = (KafkaError, asyncio.TimeoutError, OSError)
"""What a client raises; an OSError is a refused connection or a name that does not resolve."""


_FORBIDDEN = (
    TopicAuthorizationFailedError,
    GroupAuthorizationFailedError,
    ClusterAuthorizationFailedError,
)


def sentence(error: BaseException, where: str, right: str = "read") -> str:
    """Return what went wrong and what to do; `right` is what was tried."""
    if isinstance(error, _FORBIDDEN):
        where = error.args[0] if error.args and isinstance(error.args[0], str) else where
        return (
            f"no right to {right} {where} with these credentials; "
            "`tallystick topics plan --acls` prints the rights"
        )
    if isinstance(error, SaslAuthenticationFailed):
        return f"the user is unknown or its password is wrong ({error}); see kafka.username and password"
    if isinstance(error, UnknownTopicOrPartitionError):
        return f"{where} does not exist; `tallystick topics apply` makes it"
    if isinstance(error, KafkaConnectionError | OSError):
        return f"no broker answers for {where} ({error}); see that the cluster is up and the address is right"
    return f"{where}: {type(error).__name__}: {error}; see the brokers' logs"
