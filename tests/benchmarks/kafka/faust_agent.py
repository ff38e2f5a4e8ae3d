"""A plain Faust agent: parse, a dictionary, one send for each message.

Usage: python -m tests.benchmarks.kafka.faust_agent BOOTSTRAP GROUP INPUT OUTPUT FOLDER
"""

import sys
from typing import Any

import faust

from tests.benchmarks.kafka.shares import Totals


def main(bootstrap: str, group: str, source: str, output: str, folder: str) -> None:
    app = faust.App(
        group,
        broker=f"kafka://{bootstrap}",
        consumer_auto_offset_reset="earliest",
        topic_allow_declare=False,
        topic_disable_leader=True,
        autodiscover=False,
        web_enabled=False,
        datadir=folder,
        store="memory://",
    )
    messages = app.topic(source, key_serializer="raw", value_serializer="raw")
    results = app.topic(output, key_serializer="raw", value_serializer="raw")
    totals = Totals()

    @app.agent(messages)  # type: ignore[untyped-decorator]
    async def add(stream: Any) -> None:
        async for event in stream.events():
            key, value = totals.add(event.message.partition, event.message.offset, event.value)
            await results.send(key=key, value=value)

    worker = faust.Worker(app, quiet=True, redirect_stdouts=False, override_logging=False)
    worker.spinner = None
    worker.execute_from_commandline()


if __name__ == "__main__":
    main(*sys.argv[1:])
