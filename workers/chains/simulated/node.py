"""The node of simulated chains: what `wire` lists, answered over HTTP to whoever is let through to it.

It signs for the accounts as a development node does: simulated chains hold nothing of value.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import structlog

from workers.chains.base import Chain, ChainRefused, ChainUnavailable, SignedTransaction
from workers.chains.simulated import wire

BYTES_MAX = 4 * 1024 * 1024
SILENT_SECONDS_MAX = 300.0
HEALTH = "/health"

Method = Callable[[dict[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Served:
    """A chain, and what has a token made on it."""

    chain: Chain
    deploy: Callable[[str], None]

    def methods(self) -> dict[str, Method]:
        """Return what may be asked, by name."""
        chain = self.chain
        return {
            "finalized": lambda _: chain.finalized(),
            "sign": lambda given: chain.sign(given["account"], wire.call_of(given["call"])),
            "sign_cancel": lambda given: chain.sign_cancel(given["account"], given["operation"]),
            "broadcast": lambda given: chain.broadcast(wire.read(given["data"], bytes)),
            "fate": lambda given: chain.fate(wire.read(given, SignedTransaction)),
            "guard": lambda given: chain.guard(given["operation"]),
            "block": lambda given: chain.block(wire.read(given["height"], int)),
            "feed": lambda given: wire.feed_fields(chain.feed(**given)),
            "supply": lambda given: chain.supply(given["token"]),
            "deploy": lambda given: self.deploy(given["token"]),
        }


@contextmanager
def served(chains: Mapping[str, Served], bind: str, port: int) -> Iterator[int]:
    """Answer for the length of a `with`, and yield the port; OSError where it cannot be had."""
    methods = {name: each.methods() for name, each in chains.items()}
    server = _Server((bind, port), _pages(methods))
    thread = Thread(target=server.serve_forever, name="node", daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answered(method: Method, given: dict[str, Any]) -> dict[str, Any]:
    """Return what the chain says, also where it says no."""
    try:
        return {"answer": method(given)}
    except ChainRefused as error:
        return {"refused": str(error)}
    except ChainUnavailable as error:
        return {"unavailable": str(error)}
    except (KeyError, TypeError, AttributeError) as error:
        raise wire.NotUnderstood(repr(error)) from error


class _Server(ThreadingHTTPServer):
    """The server; a caller who went away is no news."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Log what went wrong here, where the server would write a traceback to standard error."""
        del request
        error = sys.exception()
        if not isinstance(error, ConnectionError):
            structlog.get_logger("tallystick.simulated_chain").error(
                "call_failed", caller=str(client_address), error=repr(error)
            )


def _pages(methods: Mapping[str, dict[str, Method]]) -> type[BaseHTTPRequestHandler]:
    class Pages(BaseHTTPRequestHandler):
        """One page a method."""

        protocol_version = "HTTP/1.1"
        timeout = SILENT_SECONDS_MAX
        wbufsize = -1  # an answer is sent whole: its second half would wait for the first one's receipt
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            """Say that it lives."""
            if self.path == HEALTH:
                self._say(HTTPStatus.OK, b"ok\n")
            else:
                self._say(HTTPStatus.NOT_FOUND, b"there is /health, and what is posted\n")

        def do_POST(self) -> None:
            """Answer, or say what was not understood."""
            length = self.headers.get("Content-Length", "")
            if not length.isdecimal() or int(length) > BYTES_MAX:
                self.close_connection = True
                self._say(HTTPStatus.BAD_REQUEST, b"say how long it is, and less than 4 MiB\n")
                return
            given = self.rfile.read(int(length))
            _, chain, name = [*self.path.split("/"), "", ""][:3]
            method = methods.get(chain, {}).get(name)
            if method is None:
                self._say(HTTPStatus.NOT_FOUND, b"no such chain, or no such method\n")
                return
            try:
                said = wire.encode(answered(method, wire.read(wire.decode(given), dict)))
            except wire.NotUnderstood as error:
                self._say(HTTPStatus.BAD_REQUEST, f"{error}\n".encode())
                return
            self._say(HTTPStatus.OK, said)

        def _say(self, status: HTTPStatus, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            """Say nothing: standard error holds one JSON object a line."""

    return Pages
