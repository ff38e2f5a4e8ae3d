from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from chain_grounds import GROUNDS, CannotBeDone, Ground

from workers.chains.base import Chain


@pytest.fixture(params=sorted(GROUNDS))
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ground]:
    with GROUNDS[request.param](tmp_path) as made:
        yield made


@pytest.fixture
def chain(ground: Ground) -> Chain:
    return ground.chain()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    try:
        return (yield)
    except CannotBeDone as reason:
        pytest.skip(str(reason))
