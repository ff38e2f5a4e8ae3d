"""The executor worker: the books of the signing accounts, shared out among the members of one group."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from schemas.streams import transactions_book
from workers.authorizations import Authorizations
from workers.chains.base import Chain
from workers.executor import Executor
from workers.log.commit import GroupCommit
from workers.log.engine import Engine
from workers.log.kafka import Cluster
from workers.log.kafka.engine import KafkaEngine
from workers.metrics.exposition import Exposition
from workers.metrics.figures import Board
from workers.metrics.publishing import Publisher
from workers.metrics.watches import AccountWatch, Clock
from workers.runner import Surroundings
from workers.settings import WorkerSettings
from workers.stream.application import WorkerApp, application
from workers.stream.fetched import Fetched
from workers.stream.rounds import Rounds
from workers.stream.settlement import FRESH_SECONDS, PUBLISH_SECONDS
from workers.tracing.hooks import NOT_TRACING, Tracing

GROUP = "executor"


@dataclass(frozen=True, slots=True)
class SigningAccount:
    """An account, its chain as this process reaches it, and what lets a simulated one go on with the log."""

    name: str
    chain: Chain
    keep_up: Callable[[Engine], None]


class SigningPart:
    """One account's part in the rounds."""

    def __init__(
        self,
        engine: Engine,
        account: SigningAccount,
        executor: Executor,
        authorizations: Authorizations,
        owned: Callable[[], bool],
    ) -> None:
        self._engine = engine
        self.executor = executor
        self._owned = owned
        self._account = account
        self._authorizations = authorizations

    @property
    def pending(self) -> int:
        """Return how many records wait to be read back."""
        return self.executor.runner.loop.pending

    @property
    def behind(self) -> bool:
        """Return whether more of the account's book stands there than was read."""
        return self.executor.runner.behind

    def advance(self, commit: GroupCommit) -> None:
        """Look at what the ledger authorized, and work on it."""
        if self._owned():
            self._account.keep_up(self._engine)
        self._authorizations.advance()
        self.executor.advance(commit)


def executor_worker(
    cluster: Cluster,
    around: Surroundings,
    settings: WorkerSettings,
    accounts: Sequence[SigningAccount],
    *,
    partitions: int,
    poll_seconds: float,
    tracing: Tracing = NOT_TRACING,
) -> tuple[WorkerApp, Rounds]:
    """Return the application of one executor worker, and its rounds; an account is known by its index."""
    fetched = Fetched()
    books = {transactions_book(account.name): index for index, account in enumerate(accounts)}
    shared: list[Authorizations] = []

    def make(engine: Engine, index: int) -> SigningPart:
        if not shared:
            shared.append(Authorizations(engine, partitions))
        account = accounts[index]
        executor = Executor(
            engine,
            account.name,
            account.chain,
            shared[0],
            replace(
                around,
                owned=lambda book: books.get(book) in rounds.owned,
                told=tracing.of_account(shared[0]),
            ),
            poll_seconds=poll_seconds,
        )
        return SigningPart(engine, account, executor, shared[0], lambda: index in rounds.owned)

    clock = Clock(around.now, around.monotonic)
    board = Board(GROUP, around.program, started_at=around.monotonic())
    publisher: Publisher[SigningPart] = Publisher(
        board,
        clock,
        watch=lambda _engine, part: AccountWatch(part.executor, clock),
        books=lambda _engine: list(books),
        every_seconds=PUBLISH_SECONDS,
    )
    rounds = Rounds(
        open_engine=lambda: KafkaEngine(cluster, fresh_seconds=FRESH_SECONDS),
        make=make,
        wait=fetched.wait,
        forget=lambda _index: None,
        after_round=publisher.after_round,
        stand_by=range(len(accounts)) if settings.stand_by else (),
    )

    def mine(assignment: Iterable[Any]) -> frozenset[int]:
        topics = {tp.topic.removeprefix(cluster.prefix) for tp in assignment}
        return frozenset(index for book, index in books.items() if book in topics)

    app = application(
        GROUP,
        cluster,
        topics=books,
        rounds=rounds,
        fetched=fetched,
        partitions_of=mine,
        settings=settings,
        exposition=Exposition(board, around.monotonic),
    )
    return app, rounds
