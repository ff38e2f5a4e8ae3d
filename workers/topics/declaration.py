"""The declaration: every topic of a log, and the settings without which it could lose a record.

| setting                          | must be                | or else                                       |
|----------------------------------|------------------------|-----------------------------------------------|
| partitions                       | as genesis says        | an instrument's messages have two books       |
| replication factor               | 3, or as configured    | one disk lost is a log lost                   |
| `cleanup.policy`                 | `delete`               | compaction removes records                    |
| `retention.ms`, `retention.bytes`| -1                     | old records are removed                       |
| `unclean.leader.election.enable` | `false`                | acknowledged records vanish                   |
| `min.insync.replicas`            | 2 of 3                 | an acknowledged record may be on one disk     |
| `max.message.bytes`              | the largest decision   | a book cannot go on                           |
"""

from dataclasses import dataclass, field

from schemas.messages import TOPICS
from schemas.streams import LEDGER, transactions_book

EVIDENCE = "evidence"
MESSAGE_BYTES_MAX = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic as it must be; `at_least` names the settings of which more is as good."""

    name: str
    partitions: int
    replication_factor: int
    settings: dict[str, str] = field(default_factory=dict)

    AT_LEAST = ("min.insync.replicas", "max.message.bytes")


def declare(
    *, partitions: int, accounts: tuple[str, ...], prefix: str = "", replication_factor: int = 3
) -> tuple[Topic, ...]:
    """Return every topic of a log: the ledger, its inboxes, evidence, and a book for each signing account."""
    settings = {
        "cleanup.policy": "delete",
        "retention.ms": "-1",
        "retention.bytes": "-1",
        "unclean.leader.election.enable": "false",
        "min.insync.replicas": str(min(2, replication_factor)),
        "max.message.bytes": str(MESSAGE_BYTES_MAX),
    }
    divided = dict.fromkeys((LEDGER, *TOPICS, EVIDENCE), partitions)
    whole = {transactions_book(account): 1 for account in accounts}
    return tuple(
        Topic(prefix + name, count, replication_factor, settings) for name, count in (divided | whole).items()
    )
