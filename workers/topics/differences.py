"""What a cluster's topics lack, as data: which topic, which setting, what it is and must be."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from workers.topics.declaration import Topic

Cure = Literal["create", "alter", "people"]


@dataclass(frozen=True, slots=True)
class Observed:
    """One topic as the cluster describes it."""

    partitions: int
    replication_factor: int
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting that is not as declared; `cure` says whether `apply` mends it or people must."""

    topic: str
    setting: str
    found: str | None
    wanted: str
    cure: Cure

    def __str__(self) -> str:
        """Return it as a sentence."""
        if self.cure == "create":
            return f"{self.topic} is missing; `tallystick topics apply` makes it ({self.wanted})"
        what = f"{self.topic}: {self.setting} is {self.found}, and must be {self.wanted}"
        if self.cure == "alter":
            return f"{what}; `tallystick topics apply` sets it"
        return f"{what}; nothing here changes that: move the log to a new topic with `tallystick log copy`"


def differences(declared: Iterable[Topic], observed: Mapping[str, Observed]) -> list[Difference]:
    """Return what is not as declared, topic by topic."""
    found: list[Difference] = []
    for topic in declared:
        there = observed.get(topic.name)
        if there is None:
            size = f"{topic.partitions} partitions, replication factor {topic.replication_factor}"
            found.append(Difference(topic.name, "topic", None, size, "create"))
        else:
            found += _of(topic, there)
    return found


def _of(topic: Topic, there: Observed) -> Iterator[Difference]:
    if there.partitions != topic.partitions:
        yield Difference(topic.name, "partitions", str(there.partitions), str(topic.partitions), "people")
    if there.replication_factor < topic.replication_factor:
        yield Difference(
            topic.name,
            "replication factor",
            str(there.replication_factor),
            f"{topic.replication_factor} or more",
            "people",
        )
    for setting, wanted in topic.settings.items():
        found = there.settings.get(setting)
        if found == wanted or (setting in Topic.AT_LEAST and found is not None and int(found) >= int(wanted)):
            continue
        yield Difference(topic.name, setting, found, wanted, "alter")
