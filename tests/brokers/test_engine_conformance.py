"""The engines' conformance suite on a real broker: the same tests, imported."""

from collections.abc import Callable, Iterator

import pytest

from tests.brokers.kafka_broker import KafkaBroker
from tests.brokers.log_on_kafka import fresh_log
from tests.conformance.engines.test_engine_evidence import *  # noqa: F403 - the suite is these tests
from tests.conformance.engines.test_engine_life import *  # noqa: F403
from tests.conformance.engines.test_engine_streams import *  # noqa: F403
from workers.log.engine import Engine
from workers.log.kafka.engine import KafkaEngine

# The client's thread draws a broker by chance while Hypothesis draws, and takes that for the strategy's.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")


@pytest.fixture
def opening(broker: KafkaBroker) -> Callable[[], Engine]:
    cluster = fresh_log(broker.bootstrap)
    return lambda: KafkaEngine(cluster)


@pytest.fixture
def engine(opening: Callable[[], Engine]) -> Iterator[Engine]:
    opened = opening()
    yield opened
    opened.close()
