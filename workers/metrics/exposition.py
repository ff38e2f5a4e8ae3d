"""The figures as Prometheus reads them; amounts become floats here and nowhere else."""

from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import TypeVar

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from workers.counts import BOUNDS_SECONDS
from workers.metrics.figures import AccountFigures, Board, BookFigures, LedgerFigures, Published

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PARTS_OF_A_SHARE = 10**18

F = TypeVar("F", LedgerFigures, AccountFigures)


class Exposition(Collector):
    """Reads the board at a scrape; it may be asked from any thread."""

    def __init__(self, board: Board, monotonic: Callable[[], float]) -> None:
        self._board = board
        self._monotonic = monotonic
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def text(self) -> bytes:
        """Return all metrics as text."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of what was published last."""
        published = self._board.latest
        yield _build(self._board)
        yield _gauge(
            "tallystick_figures_age_seconds",
            "How long ago the thread that works published its figures; one that hangs publishes none.",
            max(0.0, self._monotonic() - published.at),
        )
        yield _owned(published)
        yield from _work(published.figures)
        yield from _contents(published.figures)
        yield from _ledger(published.figures)
        yield from _accounts(published.figures)


def _build(board: Board) -> Metric:
    family = GaugeMetricFamily(
        "tallystick_build_info", "The program and its role.", labels=["program", "role"]
    )
    family.add_metric([board.program, board.role], 1)
    return family


def _owned(published: Published) -> Metric:
    family = GaugeMetricFamily(
        "tallystick_book_owned",
        "Whether this worker owns the book; 0 for each book of its role that is another's or nobody's.",
        labels=["book"],
    )
    owned = dict.fromkeys(published.books, False) | {each.book: each.owned for each in published.figures}
    for book, is_owned in owned.items():
        family.add_metric([book], is_owned)
    return family


def _work(figures: tuple[BookFigures, ...]) -> Iterator[Metric]:
    doubts = _counter("tallystick_doubts", "How often this worker dropped the book's state after a doubt.")
    appended = _counter("tallystick_records_appended", "Records that this worker appended to the book.")
    pending = _by_book("tallystick_records_pending", "Records that were appended and not read back yet.")
    readback = HistogramMetricFamily(
        "tallystick_readback_seconds", "From a record's making until it was read back.", labels=["book"]
    )
    for each in figures:
        doubts.add_metric([each.book], each.doubts)
        appended.add_metric([each.book], each.appended)
        pending.add_metric([each.book], each.pending)
        bounds = [*map(str, BOUNDS_SECONDS), "+Inf"]
        buckets = list(zip(bounds, accumulate(each.readbacks.counts), strict=True))
        readback.add_metric([each.book], buckets, each.readbacks.sum_seconds)
    yield from (doubts, appended, pending, readback)


def _contents(figures: tuple[BookFigures, ...]) -> Iterator[Metric]:
    records = _counter("tallystick_book_records", "Valid records of the book, whoever appended them.")
    voids = _counter("tallystick_void_records", "Void records of the book, whoever appended them.")
    takeovers = _counter("tallystick_takeovers", "How often the book was taken over, by whomever.")
    for each in figures:
        if each.contents is not None:
            records.add_metric([each.book], each.contents.records)
            voids.add_metric([each.book], each.contents.voids)
            takeovers.add_metric([each.book], each.contents.takeovers)
    yield from (records, voids, takeovers)


def _ledger(figures: tuple[BookFigures, ...]) -> Iterator[Metric]:
    of_inbox = ["book", "topic"]
    decided = CounterMetricFamily(
        "tallystick_inputs_decided", "Inputs whose decision was read back, by topic.", labels=of_inbox
    )
    lag = GaugeMetricFamily(
        "tallystick_inbox_lag_messages", "Inputs of the book that are not decided, by topic.", labels=of_inbox
    )
    oldest = GaugeMetricFamily(
        "tallystick_oldest_undecided_seconds", "How long the oldest of them has waited.", labels=of_inbox
    )
    deficits = _by_book("tallystick_deficits_open", "Instruments of the book with an open deficit.")
    shares = GaugeMetricFamily(
        "tallystick_deficit_shares",
        "Shares that are missing, of each instrument in deficit.",
        labels=["book", "instrument"],
    )
    holds = GaugeMetricFamily(
        "tallystick_holds_open",
        "Holds that stand; those wider than an instrument are counted in the book of the house.",
        labels=["book", "scope", "reason"],
    )
    for book, ledger in _of(figures, LedgerFigures):
        for inbox in ledger.inboxes:
            decided.add_metric([book, inbox.topic], inbox.decided)
            lag.add_metric([book, inbox.topic], inbox.waiting)
            oldest.add_metric([book, inbox.topic], inbox.oldest_seconds)
        deficits.add_metric([book], len(ledger.deficits))
        for instrument, missing in ledger.deficits:
            shares.add_metric([book, instrument], missing / PARTS_OF_A_SHARE)
        for each in ledger.holds:
            holds.add_metric([book, each.scope, each.reason], each.count)
    yield from (decided, lag, oldest, deficits, shares, holds)


def _accounts(figures: tuple[BookFigures, ...]) -> Iterator[Metric]:
    open_ = _by_book(
        "tallystick_operations_open", "Operations that the ledger authorized and has not closed."
    )
    late = _by_book("tallystick_operations_past_deadline", "Those of them whose deadline is past.")
    for book, account in _of(figures, AccountFigures):
        open_.add_metric([book], account.open)
        late.add_metric([book], account.past_deadline)
    yield from (open_, late)


def _of(figures: tuple[BookFigures, ...], kind: type[F]) -> Iterator[tuple[str, F]]:
    for each in figures:
        if each.contents is not None and isinstance(each.contents.of, kind):
            yield each.book, each.contents.of


def _gauge(name: str, documentation: str, value: float) -> Metric:
    return GaugeMetricFamily(name, documentation, value=value)


def _by_book(name: str, documentation: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, documentation, labels=["book"])


def _counter(name: str, documentation: str) -> CounterMetricFamily:
    return CounterMetricFamily(name, documentation, labels=["book"])
