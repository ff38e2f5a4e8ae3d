"""Spans of messages' traces, made when they are over."""

from collections.abc import Mapping
from datetime import timedelta

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Sampler
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

from schemas import instants
from schemas.envelope import InboxSource
from workers.tracing.identity import first_span_id, trace_id

Attributes = Mapping[str, str | int]


class Ids(RandomIdGenerator):
    """Random ids, but for the first span of a message; one thread makes spans."""

    def __init__(self) -> None:
        self.message: InboxSource | None = None

    def generate_trace_id(self) -> int:
        """Return the id of the message's trace."""
        return super().generate_trace_id() if self.message is None else trace_id(self.message)

    def generate_span_id(self) -> int:
        """Return the id of the message's first span."""
        return super().generate_span_id() if self.message is None else first_span_id(self.message)


class Spans:
    """Makes spans; `provider` says what becomes of them."""

    def __init__(self, role: str, program: str, sampler: Sampler) -> None:
        self._ids = Ids()
        resource = Resource.create({"service.name": f"tallystick-{role}", "service.version": program})
        self.provider = TracerProvider(
            sampler=sampler, resource=resource, id_generator=self._ids, shutdown_on_exit=False
        )
        self._tracer = self.provider.get_tracer("tallystick")

    def first(self, message: InboxSource, name: str, start: str, end: str, attributes: Attributes) -> None:
        """Make the span that all others of the message hang on."""
        self._ids.message = message
        try:
            self._make(Context(), name, start, end, attributes)
        finally:
            self._ids.message = None

    def further(self, message: InboxSource, name: str, start: str, end: str, attributes: Attributes) -> None:
        """Make a span that hangs on the first, wherever that was made, or will be."""
        context = SpanContext(
            trace_id(message),
            first_span_id(message),
            is_remote=True,
            trace_flags=TraceFlags(TraceFlags.SAMPLED),
        )
        self._make(set_span_in_context(NonRecordingSpan(context), Context()), name, start, end, attributes)

    def _make(self, context: Context, name: str, start: str, end: str, attributes: Attributes) -> None:
        span = self._tracer.start_span(
            name, context, attributes=attributes, start_time=_nanoseconds(min(start, end))
        )
        span.end(_nanoseconds(end))


def _nanoseconds(instant: str) -> int:
    return (instants.parse(instant) - instants.parse(instants.FIRST)) // timedelta(microseconds=1) * 1_000
