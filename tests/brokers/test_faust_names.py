"""The private names that the consumer relies on are as they were when it was written: see its docstring."""

import inspect
from importlib.metadata import version
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.consumer.group_coordinator import GroupCoordinator
from faust.transport import consumer
from faust.transport.drivers import aiokafka as driver
from mode.threads import QueueServiceThread, ServiceThread, WorkerThread

from workers.stream.consumer import LedgerConsumer, LedgerConsumerThread

VERSIONS = {"faust-streaming": "0.15.3", "mode-streaming": "0.7.1"}
SIGNATURES: dict[Any, tuple[str, ...]] = {
    consumer.Consumer._drain_messages: ("self", "fetcher"),
    consumer.Consumer.perform_seek: ("self",),
    consumer.Consumer.verify_event_path: ("self", "now", "tp"),
    consumer.ThreadDelegateConsumer._getmany: ("self", "active_partitions", "timeout"),
    consumer.ThreadDelegateConsumer.seek_wait: ("self", "partitions"),
    driver.Consumer._new_consumer_thread: ("self",),
    driver.AIOKafkaConsumerThread._create_worker_consumer: ("self", "transport"),
    QueueServiceThread.call_thread: ("self", "fun", "args", "kwargs"),
    ServiceThread.on_crash: ("self", "msg", "fmt", "kwargs"),
    WorkerThread.__init__: ("self", "service", "kwargs"),
    GroupCoordinator.check_errors: ("self",),
}


@pytest.mark.parametrize("name", sorted(VERSIONS))
def test_the_versions_are_those_that_were_read(name: str) -> None:
    assert version(name) == VERSIONS[name]


def test_aiokafka_is_of_the_minor_version_that_was_read() -> None:
    assert version("aiokafka").startswith("0.14.")


@pytest.mark.parametrize("function", SIGNATURES, ids=lambda function: function.__qualname__)
def test_what_is_called_or_replaced_takes_what_it_took(function: Any) -> None:
    assert tuple(inspect.signature(function).parameters) == SIGNATURES[function]


def test_what_is_replaced_is_still_asked_for() -> None:
    assert "await consumer._drain_messages(self)" in inspect.getsource(consumer.Fetcher)
    assert "self._thread = self._new_consumer_thread()" in inspect.getsource(consumer.ThreadDelegateConsumer)
    assert "self._create_worker_consumer(transport)" in inspect.getsource(driver.AIOKafkaConsumerThread)
    assert "self.Worker(self)" in inspect.getsource(ServiceThread.start)
    assert "self.on_crash(" in inspect.getsource(ServiceThread._serve)
    assert ".perform_seek()" in inspect.getsource(__import__("faust.tables.recovery", fromlist=["_"]))
    assert LedgerConsumer.__mro__[1] is driver.Consumer
    assert LedgerConsumerThread.__mro__[1] is driver.AIOKafkaConsumerThread


def test_aiokafka_still_has_what_is_set_and_asked() -> None:
    assert "self._fetch_max_wait_ms = fetch_max_wait_ms" in inspect.getsource(AIOKafkaConsumer)
    assert "fetch_max_wait_ms=self._fetch_max_wait_ms" in inspect.getsource(AIOKafkaConsumer.start)
    assert "self._coordinator = GroupCoordinator(" in inspect.getsource(AIOKafkaConsumer.start)


def test_a_fetch_still_waits_for_the_end_of_a_rebalance() -> None:
    """So nothing that a rebalance waits for may wait for a fetch."""
    waits = "if self._subscriptions.reassignment_in_progress:\n                await"
    assert waits in inspect.getsource(Fetcher.fetched_records)
