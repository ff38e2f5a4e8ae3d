"""Serving the metrics of a process that has no other web: a thread of its own, stopped with it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from workers.metrics.exposition import CONTENT_TYPE
from workers.settings import SettingsError

PATH = "/metrics"


@contextmanager
def served(text: Callable[[], bytes], bind: str, port: int) -> Iterator[int]:
    """Answer `GET /metrics` for the length of a `with`, and yield the port."""
    try:
        server = ThreadingHTTPServer((bind, port), _page(text))
    except OSError as error:
        raise SettingsError(
            f"metrics.port: {bind}:{port} cannot be used: {error.strerror}; name another"
        ) from error
    thread = Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _page(text: Callable[[], bytes]) -> type[BaseHTTPRequestHandler]:
    class Page(BaseHTTPRequestHandler):
        """The one page."""

        timeout = 30.0

        def do_GET(self) -> None:
            """Answer with the metrics, or that there is nothing else."""
            if self.path.partition("?")[0] != PATH:
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            body = text()
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            """Say nothing: standard error holds one JSON object a line."""

    return Page
