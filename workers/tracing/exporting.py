"""Sending spans to an OpenTelemetry collector, where the settings name one."""

from collections.abc import Iterator
from contextlib import contextmanager

from workers.bootstrap import now, program_version
from workers.settings import SettingsError, TracingSettings
from workers.tracing.hooks import NOT_TRACING, Tracing

EXPORT_SECONDS_MAX = 5.0


@contextmanager
def tracing(settings: TracingSettings, role: str) -> Iterator[Tracing]:
    """Trace for the length of a `with`; what waits to be sent then is sent, if somebody takes it."""
    if settings.endpoint is None:
        yield NOT_TRACING
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
        from opentelemetry.sdk.trace.sampling import TraceIdRatioBased  # noqa: PLC0415

        from workers.tracing.books import BookTraces  # noqa: PLC0415 - imported where it is wanted: an extra
        from workers.tracing.spans import Spans  # noqa: PLC0415
    except ImportError as error:
        raise SettingsError(
            f"tracing.endpoint: {error.name} is not installed; install tallystick[tracing]"
        ) from error
    # By the trace's id alone, which is the message's: every process keeps the same ones.
    spans = Spans(role, program_version(), TraceIdRatioBased(settings.percent / 100))
    exporter = OTLPSpanExporter(endpoint=settings.endpoint, timeout=EXPORT_SECONDS_MAX)
    spans.provider.add_span_processor(BatchSpanProcessor(exporter))
    try:
        yield BookTraces(spans, now)
    finally:
        spans.provider.shutdown()
