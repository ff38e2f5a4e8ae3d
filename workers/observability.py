"""Logs: one JSON object a line on standard error; standard output belongs to the commands.

A line that concerns a record has its coordinates: `book`, `seq`, `sha256`. Of a book that is dropped they are
those of the last record that was read, of an operation those of the record that authorized it.
"""

import logging
import sys

import structlog

_told = {"records": False}
_TRACEBACKS = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)  # locals hold secrets


def tells_records() -> bool:
    """Return whether a line is logged for each record that came back: at the level `debug` alone."""
    return _told["records"]


def configure_logs(*, level: str = "info", readable: bool | None = None) -> None:
    """Send logs to standard error, readable on a terminal and as JSON elsewhere; libraries' warnings too."""
    _told["records"] = level == "debug"
    if readable is None:
        readable = sys.stderr.isatty()
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(_TRACEBACKS),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_Libraries(logging.WARNING)], level=logging.WARNING, force=True)


class _Libraries(logging.Handler):
    """Hands what libraries log to the same place, under the library's name."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger(record.name)
        log.log(record.levelno, "library", text=record.getMessage(), exc_info=record.exc_info)
