"""Which role may do what: a sender cannot write to the ledger, an executor only to its own book and inbox.

| role         | reads                                | writes                                    |
|--------------|--------------------------------------|-------------------------------------------|
| `gateway`    | broadcast, ledger, evidence          | custody, requests, evidence               |
| `operator`   | broadcast, ledger                    | operator                                  |
| `settlement` | every inbox, ledger                  | ledger, broadcast, operator (ticks)       |
| `executor-A` | ledger, `transactions.A`, its inbox  | `transactions.A`, chain                   |
| `auditor`    | everything                           |                                           |
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from schemas.messages import BROADCAST, CHAIN, CUSTODY, OPERATOR, REQUESTS, TOPICS
from schemas.streams import LEDGER
from workers.topics.declaration import EVIDENCE, Topic

Operation = Literal["READ", "WRITE", "DESCRIBE"]
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


def rights(declared: Iterable[Topic], *, prefix: str) -> list[Right]:
    """Return what every role needs, and nothing more."""
    names = [topic.name.removeprefix(prefix) for topic in declared]
    accounts = [name.removeprefix(TRANSACTIONS) for name in names if name.startswith(TRANSACTIONS)]
    found = [
        *_role("gateway", (BROADCAST, LEDGER, EVIDENCE), (CUSTODY, REQUESTS, EVIDENCE)),
        *_role("operator", (BROADCAST, LEDGER), (OPERATOR,)),
        *_role("settlement", (*TOPICS, LEDGER), (LEDGER, BROADCAST, OPERATOR), group="settlement"),
        *_role("auditor", names, ()),
    ]
    for account in accounts:
        book = TRANSACTIONS + account
        found += _role(f"executor-{account}", (LEDGER, book), (book, CHAIN), group="executor")
    return [Right(each.role, each.kind, prefix + each.name, each.operations) for each in found]


def _role(
    role: str, reads: Iterable[str], writes: Iterable[str], *, group: str | None = None
) -> Iterator[Right]:
    reads, writes = list(reads), list(writes)
    for topic in dict.fromkeys((*reads, *writes)):
        may: list[Operation] = ["DESCRIBE"]
        if topic in reads:
            may.append("READ")
        if topic in writes:
            may.append("WRITE")
        yield Right(role, "TOPIC", topic, tuple(may))
    if group is not None:
        yield Right(role, "GROUP", group, ("READ", "DESCRIBE"))
