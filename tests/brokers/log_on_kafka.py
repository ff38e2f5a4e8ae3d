"""A log of its own on a broker: topics under a prefix that nobody else has."""

import secrets

from workers.log.kafka import Cluster
from workers.topics.administration import administration
from workers.topics.declaration import declare
from workers.topics.differences import differences

PARTITIONS = 4
ACCOUNTS = ("a", "A", "a-1")


def fresh_log(
    *bootstrap_servers: str,
    partitions: int = PARTITIONS,
    accounts: tuple[str, ...] = ACCOUNTS,
    replication_factor: int = 1,
) -> Cluster:
    """Return a cluster whose prefix has every topic of an empty log."""
    cluster = Cluster(bootstrap_servers, prefix=f"t{secrets.token_hex(4)}.")
    declared = declare(
        partitions=partitions,
        accounts=accounts,
        prefix=cluster.prefix,
        replication_factor=replication_factor,
    )
    with administration(cluster) as connection:
        connection.apply(declared, differences(declared, connection.observe(each.name for each in declared)))
    return cluster
