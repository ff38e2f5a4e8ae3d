"""Which role may do what: a sender cannot write to the ledger, an executor only to its own book and inbox.

| role         | reads                                         | writes                              |
|--------------|-----------------------------------------------|-------------------------------------|
| `gateway`    | operator (genesis), broadcast                 | custody, requests, evidence         |
| `operator`   | operator, broadcast, ledger                   | operator, evidence                  |
| `settlement` | every inbox, ledger                           | ledger, broadcast, operator (ticks) |
| `executor-A` | broadcast, ledger, `transactions.A`           | `transactions.A`, chain             |
| `auditor`    | everything                                    |                                     |

Workers see how every topic is set, and refuse to start where one could lose a record; the leader of a group
shares out topics that it does not read itself, as executors of different accounts are one group.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from schemas.messages import BROADCAST, CHAIN, CUSTODY, OPERATOR, REQUESTS, TOPICS
from schemas.streams import LEDGER
from workers.topics.declaration import EVIDENCE, Topic

Operation = Literal["READ", "WRITE", "DESCRIBE", "DESCRIBE_CONFIGS"]
TRANSACTIONS = "transactions."


@dataclass(frozen=True, slots=True)
class Right:
    """What one role may do with one topic or group."""

    role: str
    kind: Literal["TOPIC", "GROUP"]
    name: str
    operations: tuple[Operation, ...]

    def as_json(self) -> dict[str, object]:
        """Return it as the command prints it."""
        return {
            "role": self.role,
            "kind": self.kind,
            "name": self.name,
            "operations": list(self.operations),
        }

    def as_command(self) -> str:
        """Return what gives it to the user of the role's name, by Kafka's own tool."""
        operations = " ".join(f"--operation {each.title().replace('_', '')}" for each in self.operations)
        return (
            f"kafka-acls.sh --bootstrap-server SERVER --add --allow-principal User:{self.role} "
            f"{operations} --{self.kind.lower()} {self.name}"
        )


def rights(declared: Iterable[Topic], *, prefix: str) -> list[Right]:
    """Return what every role needs, and nothing more."""
    names = [topic.name.removeprefix(prefix) for topic in declared]
    books = [name for name in names if name.startswith(TRANSACTIONS)]
    found = [
        *_role("gateway", (OPERATOR, BROADCAST), (CUSTODY, REQUESTS, EVIDENCE)),
        *_role("operator", (OPERATOR, BROADCAST, LEDGER), (OPERATOR, EVIDENCE)),
        *_role("settlement", (*TOPICS, LEDGER), (LEDGER, BROADCAST, OPERATOR), checks=names),
        Right("settlement", "GROUP", "settlement", ("READ", "DESCRIBE")),
        *_role("auditor", names, ()),
    ]
    for book in books:
        role = f"executor-{book.removeprefix(TRANSACTIONS)}"
        others = [each for each in books if each != book]
        reads = (BROADCAST, LEDGER, book)
        checks = [name for name in names if name not in others]
        found += _role(role, reads, (book, CHAIN), checks=checks, sees=others)
        found.append(Right(role, "GROUP", "executor", ("READ", "DESCRIBE")))
    return [Right(each.role, each.kind, prefix + each.name, each.operations) for each in found]


def _role(
    role: str,
    reads: Iterable[str],
    writes: Iterable[str],
    *,
    checks: Iterable[str] = (),
    sees: Iterable[str] = (),
) -> Iterator[Right]:
    granted: dict[Operation, set[str]] = {
        "READ": set(reads),
        "WRITE": set(writes),
        "DESCRIBE_CONFIGS": set(checks),
    }
    for topic in sorted(set().union(sees, *granted.values())):
        operations = tuple(operation for operation, topics in granted.items() if topic in topics)
        yield Right(role, "TOPIC", topic, ("DESCRIBE", *operations))
