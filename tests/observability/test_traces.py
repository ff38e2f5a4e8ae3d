"""One trace for each input message, the same from every process, from receipt to the chain's last word."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Sampler, TraceIdRatioBased

from tests.docs.one_confirmation import Run, play
from tests.observability import scrape  # noqa: F401 - finds the words of other sentences

# isort: split
from command_line import working

from schemas.envelope import InboxSource
from schemas.messages import CUSTODY
from workers.tracing.books import BookTraces
from workers.tracing.identity import first_span_id, trace_id
from workers.tracing.spans import Spans

ROOT = Path(__file__).parents[2]
MESSAGE = InboxSource(topic=CUSTODY, partition=3, offset=7, sha256="a" * 64)


class Traced:
    """The page's run, with settlement and executor traced as two processes would be."""

    def __init__(self, sampler: Sampler = ALWAYS_ON) -> None:
        self.run = Run()
        self.settlement, ledger = self._process("settlement", sampler)
        self.executor, account = self._process("executor", sampler)
        runners = self.run.settlement.runner, self.run.executor.runner
        runners[0].around = replace(runners[0].around, told=ledger.of_ledger())
        runners[1].around = replace(runners[1].around, told=account.of_account(self.run.authorizations))

    def _process(self, role: str, sampler: Sampler) -> tuple[InMemorySpanExporter, BookTraces]:
        exporter, spans = InMemorySpanExporter(), Spans(role, "tallystick-tests", sampler)
        spans.provider.add_span_processor(SimpleSpanProcessor(exporter))
        return exporter, BookTraces(spans, self.run.now)

    def spans(self) -> list[ReadableSpan]:
        return [*self.settlement.get_finished_spans(), *self.executor.get_finished_spans()]

    def of(self, message: InboxSource) -> list[ReadableSpan]:
        """Return a message's trace, in the order of its spans' ends."""
        found = [span for span in self.spans() if span.context.trace_id == trace_id(message)]
        return sorted(found, key=lambda span: (span.end_time or 0, span.name))


def confirmation(run: Run) -> InboxSource:
    """Return where the one confirmation stands."""
    source = run.last("ledger-0", "mint_authorized")["source"]
    return InboxSource(**source)


@pytest.fixture(scope="module")
def traced() -> Traced:
    made = Traced()
    play(made.run)
    return made


def test_a_confirmation_is_one_trace_over_two_processes(traced: Traced) -> None:
    spans = traced.of(confirmation(traced.run))
    assert {span.name: span.resource.attributes["service.name"] for span in spans} == {
        "message": "tallystick-settlement",
        "wait for the decision": "tallystick-settlement",
        "append and read back": "tallystick-settlement",
        "sign": "tallystick-executor",
        "broadcast": "tallystick-executor",
        "include": "tallystick-executor",
        "finalize": "tallystick-executor",
    }
    assert len(spans) == 7


def test_every_further_span_hangs_on_the_first(traced: Traced) -> None:
    message = confirmation(traced.run)
    for span in traced.of(message):
        if span.name == "message":
            assert span.parent is None
            assert span.context.span_id == first_span_id(message)
        else:
            assert span.parent is not None
            assert span.parent.span_id == first_span_id(message)
            assert span.context.span_id != first_span_id(message)


def test_steps_follow_one_another_without_a_gap(traced: Traced) -> None:
    by_name = {span.name: span for span in traced.of(confirmation(traced.run))}
    steps = [by_name[name] for name in ("append and read back", "sign", "broadcast", "include", "finalize")]
    # Signing begins at the authorization, which is the record's moment, not its read-back.
    assert steps[1].start_time == steps[0].start_time
    for before, after in pairwise(steps[1:]):
        assert before.end_time == after.start_time
    assert all((span.start_time or 0) <= (span.end_time or 0) for span in traced.spans())


def test_spans_name_their_records_as_they_are_on_the_log(traced: Traced) -> None:
    for span in traced.spans():
        if span.name == "wait for the decision":
            continue
        facts = dict(span.attributes or {})
        entries = traced.run.engine.read(str(facts["book"]), 0, 10_000)
        record = json.loads(entries[int(str(facts["seq"])) - 1].value)
        assert facts["events"] == ", ".join(event["type"] for event in record["events"])


def test_every_message_that_was_decided_has_its_trace_once(traced: Traced) -> None:
    firsts = [span for span in traced.spans() if span.name == "message"]
    entries = traced.run.engine.read("ledger-0", 0, 10_000)
    decided = [json.loads(entry.value)["source"] for entry in entries]
    expected = {trace_id(InboxSource(**source)) for source in decided if source is not None}
    assert {span.context.trace_id for span in firsts} == expected
    assert len(firsts) == len(expected)


def test_a_new_owner_makes_no_span_of_what_another_decided() -> None:
    traced = Traced()
    play(traced.run)
    before = len(traced.spans())
    traced.run.settlement.runner.doubt("a test")
    traced.run.executor.runner.doubt("a test")
    traced.run.rounds(1)
    assert len(traced.spans()) == before


def test_a_new_owner_goes_on_with_an_operation_where_the_last_one_was() -> None:
    traced = Traced()

    def doubt_once() -> None:
        if traced.executor.get_finished_spans() and not doubted:
            doubted.append(True)
            traced.run.executor.runner.doubt("a test")

    doubted: list[bool] = []
    rounds = traced.run.rounds

    def rounds_with_a_doubt(count: int) -> None:
        for _ in range(count):
            rounds(1)
            doubt_once()

    traced.run.rounds = rounds_with_a_doubt  # type: ignore[method-assign]
    play(traced.run)
    assert doubted
    names = [span.name for span in traced.of(confirmation(traced.run))]
    assert sorted(names) == sorted({*names}), "no step is there twice"
    assert "finalize" in names


@pytest.mark.parametrize("ratio", [0.0, 0.5])
def test_a_message_is_traced_by_all_processes_or_by_none(ratio: float) -> None:
    traced = Traced(TraceIdRatioBased(ratio))
    play(traced.run)
    first = {span.context.trace_id for span in traced.spans() if span.name == "message"}
    assert {span.context.trace_id for span in traced.spans()} == first
    all_messages = len(traced.run.engine.read("ledger-0", 0, 10_000))
    assert len(first) < all_messages


def test_a_sender_whose_clock_is_ahead_makes_no_span_that_ends_before_it_begins() -> None:
    exporter, spans = InMemorySpanExporter(), Spans("tests", "tallystick-tests", ALWAYS_ON)
    spans.provider.add_span_processor(SimpleSpanProcessor(exporter))
    spans.first(MESSAGE, "message", "2026-11-23T09:00:05.000000Z", "2026-11-23T09:00:00.000000Z", {})
    (span,) = exporter.get_finished_spans()
    assert span.start_time == span.end_time


def test_ids_are_functions_of_place_and_digest() -> None:
    others = [
        replace_source(topic="inbox.chain"),
        replace_source(partition=4),
        replace_source(offset=8),
        replace_source(sha256="b" * 64),
    ]
    assert len({trace_id(each) for each in [MESSAGE, *others]}) == 5
    assert len({first_span_id(each) for each in [MESSAGE, *others]}) == 5
    assert trace_id(MESSAGE) == trace_id(replace_source())
    assert 0 < trace_id(MESSAGE) < 2**128
    assert 0 < first_span_id(MESSAGE) < 2**64


def replace_source(**changes: Any) -> InboxSource:
    facts = {"topic": CUSTODY, "partition": 3, "offset": 7, "sha256": "a" * 64}
    return InboxSource(**{**facts, **changes})


class CollectorOfSpans:
    """What stands where an OpenTelemetry collector would."""

    def __init__(self) -> None:
        self.names: list[str] = []
        collector = self

        class Page(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                request = ExportTraceServiceRequest.FromString(body)
                collector.names += [
                    span.name
                    for resource in request.resource_spans
                    for scope in resource.scope_spans
                    for span in scope.spans
                ]
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/v1/traces"


@pytest.fixture
def collector() -> Iterator[CollectorOfSpans]:
    made = CollectorOfSpans()
    yield made
    made.server.shutdown()
    made.server.server_close()
    made.thread.join()


def test_a_worker_sends_its_spans_to_the_endpoint_of_the_settings(
    tmp_path: Path, collector: CollectorOfSpans
) -> None:
    variables = {
        "TALLYSTICK_TRACING__ENDPOINT": collector.endpoint,
        "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION": "none",
        "no_proxy": "127.0.0.1",
    }
    with working(tmp_path / "data", variables=variables) as worker:
        worker.until("it owns all", lambda: worker.said().count("book_taken_over") == 9)
        house = (ROOT / "examples/house.jsonl").read_bytes()
        (tmp_path / "data/in/house.jsonl").write_bytes(house)
        worker.until("it decides", lambda: "file_decided" in worker.said())
    assert collector.names.count("message") >= 9


def test_by_default_nothing_is_traced_and_nothing_of_it_is_loaded(tmp_path: Path) -> None:
    program = (
        "import sys; from workers.cli import app; from workers.embedded import Embedded; "
        "from workers.settings import Settings; from pathlib import Path; "
        "from workers.tracing.exporting import tracing; settings = Settings(data=Path(sys.argv[1])); "
        "context = tracing(settings.tracing, 'embedded'); traces = context.__enter__(); "
        "embedded = Embedded(settings, tracing=traces); embedded.round(); embedded.close(); "
        "assert 'opentelemetry' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "data")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
