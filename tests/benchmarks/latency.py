"""How fast a confirmation is read, and how soon its mint is authorized."""

import gc
import time
from pathlib import Path
from random import Random

from lxml import etree

from schemas.identifiers import isin_valid
from schemas.streams import inbox_stream
from tests.benchmarks.timing import Row, median_of, timed
from tests.benchmarks.workload import Bench, message, reference_of, request
from workers.demo.market import CUSTODIANS
from workers.demo.movement import Movement
from workers.demo.sese import told as sese025
from workers.ingest import registry
from workers.ingest.profiles import NO_PROFILES
from workers.intake import Intake
from workers.log.commit import GroupCommit
from workers.log.sqlite import SqliteEngine

HOLDINGS = 100
GOLDENS = Path(__file__).parent.parent / "golden" / "mt"


def latency(folder: Path, scale: float) -> list[Row]:
    """Send confirmations at 1,000 a second to an embedded book; time from bytes to the read-back mint."""
    engine = SqliteEngine(folder / "latency.sqlite")
    bench = Bench(engine)
    count = max(200, int(6_000 * scale))
    requests = [message("issuance_requested", "atlas", request(number), number) for number in range(count)]
    engine.append({inbox_stream("inbox.requests", 0): requests})
    bench.settle()
    chance = Random(1)
    files = [sese025(_movement(number), chance) for number in range(count)]
    intake = Intake(engine, partitions=1, profiles=NO_PROFILES, now=lambda: "2026-11-23T09:00:59.000000Z")
    arrived: dict[str, float] = {}
    taken: list[float] = []
    gc.collect()
    started, sent = time.perf_counter(), 0
    while len(taken) < count:
        due = min(count, int((time.perf_counter() - started) * 1_000))
        commit = GroupCommit()
        sources = (each.record.source for each in bench.settlement.advance(commit))
        taken.extend(
            time.perf_counter() - arrived.pop(source.sha256)
            for source in sources
            if source is not None and source.sha256 in arrived
        )
        if sent < due:
            placed = intake.take([(data, "northbank") for data in files[sent:due]])
            for number, (one,) in enumerate(placed, sent):
                arrived[one.sha256] = started + number / 1_000
                commit.append(one.stream, [one.data])
            sent = due
        commit.flush(engine)
    engine.close()
    taken.sort()
    p50, p99 = (taken[int(len(taken) * share)] * 1_000 for share in (0.5, 0.99))
    return [
        (
            "confirmation to authorized mint at 1,000 a second, p50 / p99",
            f"{p50:.1f} / {p99:.1f} ms",
            "10 ms",
        )
    ]


def reading(_folder: Path, scale: float) -> list[Row]:
    """Read sese.025 beside the bare parse of the same document by lxml."""
    chance = Random(2)
    files = [sese025(_movement(number), chance) for number in range(max(100, int(2_000 * scale)))]
    documents = [data[data.index(b"<Document") : data.index(b"</Document>") + 11] for data in files]
    ours = len(files) / median_of(3, lambda: timed(lambda: [registry.read(data) for data in files]))
    bare = len(files) / median_of(3, lambda: timed(lambda: [etree.fromstring(data) for data in documents]))
    return [("sese.025 read a second, beside the bare lxml parse", f"{ours:,.0f} ({bare:,.0f})", "4,000")]


def reading_mt(_folder: Path, scale: float) -> list[Row]:
    """Read an ordinary MT544, and an MT545 with all that it can state, each in a file of its own."""
    count = max(100, int(5_000 * scale))
    figures = []
    for name in ("receive_free", "receive_against_payment"):
        golden = (GOLDENS / f"{name}.fin").read_bytes()
        files = [golden.replace(b"CNF0001", b"CNF%07d" % number) for number in range(count)]
        seconds = median_of(3, lambda files=files: timed(lambda: [registry.read(data) for data in files]))
        figures.append(f"{count / seconds:,.0f}")
    return [("MT54x read a second, of 29 lines (of 54 lines)", f"{figures[0]} ({figures[1]})", "15,000")]


def reading_statements(_folder: Path, scale: float) -> list[Row]:
    """Read statements of as many holdings as a page of a FIN message takes, as MT535 and as semt.002."""
    count = max(2, int(100 * scale))
    figures = []
    for folder, name in ((GOLDENS, "statement.fin"), (GOLDENS.parent / "iso20022", "statement.xml")):
        data = _with_holdings((folder / name).read_bytes())
        seconds = median_of(3, lambda data=data: timed(lambda: [registry.read(data) for _ in range(count)]))
        figures.append(f"{count * HOLDINGS / seconds:,.0f}")
    return [
        (f"holdings read a second, MT535 / semt.002 of {HOLDINGS} each", f"{figures[0]} / {figures[1]}", "-")
    ]


def _with_holdings(golden: bytes) -> bytes:
    """Return the golden statement with its last holding, the one of NVIDIA, made so many of other ISINs."""
    opens, ends = (
        (b":16R:FIN\n", b":16S:FIN\n") if b":16R:FIN\n" in golden else (b"<BalForAcct>", b"</BalForAcct>")
    )
    start, end = golden.rindex(opens), golden.rindex(ends) + len(ends)
    holding = golden[start:end]
    isins = (f"US{number:09d}{digit}" for number in range(HOLDINGS - 1) for digit in range(10))
    valid = [isin for isin in isins if isin_valid(isin)]
    made = [holding.replace(b"US67066G1040", isin.encode()) for isin in valid]
    return golden[:start] + b"".join(made) + golden[end:]


def _movement(number: int) -> Movement:
    custodian = CUSTODIANS[0]
    return Movement(
        custodian=custodian,
        account="NB-1",
        isin="US1912161007",
        quantity="100",
        message_id=f"L{number}",
        transaction=f"LT{number}",
        reference=reference_of(number),
    )
