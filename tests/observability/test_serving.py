"""`tallystick run` with a port for its metrics."""

import http.client
import socket
from pathlib import Path

from tests.observability.scrape import Scrape

# isort: split
from command_line import CommandLine, Forker, Worker, working


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def get(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def scraped(worker: Worker, port: int) -> Scrape:
    """Scrape once every book is owned."""
    found: list[Scrape] = []

    def owned() -> bool:
        found.append(Scrape(get(port, "/metrics")[1]))
        books = [each["book"] for each in found[-1].labels("book_owned")]
        return bool(books) and all(found[-1]("book_owned", book=book) for book in books)

    worker.until("it owns its books", owned)
    return found[-1]


def test_the_embedded_worker_serves_the_figures_of_all_its_books(tmp_path: Path) -> None:
    port = free_port()
    variables = {"TALLYSTICK_METRICS__PORT": str(port)}
    with working(tmp_path / "data", variables=variables) as worker:
        worker.until("it says where", lambda: f"metrics at http://127.0.0.1:{port}/metrics" in worker.said())
        scrape = scraped(worker, port)
        assert {each["book"] for each in scrape.labels("book_owned")} == {
            *(f"ledger-{number}" for number in range(4)),
            *(f"transactions.{chain}-1" for chain in ("ethereum", "solana", "bnb", "tron", "mantle")),
        }
        assert scrape.labels("build_info")[0]["role"] == "embedded"
        assert get(port, "/")[0] == 404


def test_without_a_port_nothing_is_served(tmp_path: Path) -> None:
    with working(tmp_path / "data") as worker:
        assert "metrics" not in worker.said()


def test_a_port_that_is_taken_is_named_in_one_line(tmp_path: Path) -> None:
    forker = Forker()
    try:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            tallystick = CommandLine(tmp_path, forker)
            ran = tallystick("run", "--data", "data", variables={"TALLYSTICK_METRICS__PORT": str(port)})
    finally:
        forker.close()
    assert ran.code == 2
    assert f"metrics.port: 127.0.0.1:{port} cannot be used: Address already in use; name another" in ran.err
