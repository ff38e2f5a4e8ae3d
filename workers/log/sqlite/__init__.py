"""The embedded engine: one SQLite file, write-ahead log, every append durable."""

from workers.log.sqlite.engine import SqliteEngine

__all__ = ["SqliteEngine"]
