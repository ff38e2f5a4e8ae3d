"""XML that was made to hurt: entities, external files, nesting, size. Refused fast, and nothing is opened."""

import socket
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from workers.ingest.registry import BYTES_MAX, read
from workers.ingest.xml_tree import ATTRIBUTES_MAX, TAGS_MAX

SECONDS_MAX = 2.0  # of this process: the machine may be busy with others
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))


def filled(start: bytes, piece: bytes, end: bytes) -> bytes:
    return start + piece * ((BYTES_MAX - len(start) - len(end)) // len(piece)) + end


def code_of(data: bytes) -> str:
    started = time.process_time()
    (reading,) = read(data)
    assert time.process_time() - started < SECONDS_MAX
    assert reading.outcome == "parked"
    assert reading.reason is not None
    assert "fault of the program" not in reading.reason.text
    return reading.reason.code


def test_a_billion_laughs_are_malformed() -> None:
    bomb = f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY l0 "ha">{LAUGHS}]><Document>&l11;</Document>'
    assert code_of(bomb.encode()) == "malformed"


def test_an_external_entity_is_malformed_and_its_file_stays_closed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("do not read")
    data = f'<!DOCTYPE d [<!ENTITY x SYSTEM "{secret.as_uri()}">]><Document>&x;</Document>'
    (reading,) = read(data.encode())
    assert reading.reason is not None
    assert reading.reason.code == "malformed"
    assert "do not read" not in repr(reading)


def test_an_external_document_type_opens_no_connection() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.2)
    port = listener.getsockname()[1]
    with listener:
        data = f'<!DOCTYPE d SYSTEM "http://127.0.0.1:{port}/d.dtd"><Document/>'
        assert code_of(data.encode()) == "malformed"
        with pytest.raises(TimeoutError):
            listener.accept()


def test_a_parameter_entity_is_malformed() -> None:
    assert code_of(b'<!DOCTYPE d [<!ENTITY % x SYSTEM "file:///etc/hosts">%x;]><Document/>') == "malformed"


@pytest.mark.parametrize("depth", [300, 100_000])
def test_deep_nesting_is_too_large(depth: int) -> None:
    assert code_of(b"<a>" * depth + b"</a>" * depth) == "too_large"


def test_a_deep_wrapper_is_still_read(plain: str) -> None:
    body = plain.split("?>\n", 1)[1]
    (reading,) = read(("<w>" * 200 + body + "</w>" * 200).encode())
    assert reading.outcome == "confirmation"


HUGE: dict[str, Callable[[], bytes]] = {
    "more tags than any file has": lambda: b"<a>" + b"<b/>" * (TAGS_MAX + 1) + b"</a>",
    "more attributes than any file has": lambda: (
        b"<a " + b" ".join(b"a%d=''" % n for n in range(ATTRIBUTES_MAX + 1)) + b"/>"
    ),
    "one endless text": lambda: filled(b"<a>", b"x", b"</a>"),
    "one endless attribute": lambda: filled(b"<a b='", b"x", b"'/>"),
    "one endless name": lambda: filled(b"<", b"x", b"/>"),
    "a byte too many": lambda: b"<" * (BYTES_MAX + 1),
    "nested lists": lambda: b"[" * 1_000_000,
    "a hundred thousand JSON objects and one": lambda: b"[" + b"{}," * 100_000 + b"{}]",
}


@pytest.mark.parametrize("case", HUGE)
def test_is_too_large(case: str) -> None:
    assert code_of(HUGE[case]()) == "too_large"


BUSY: dict[str, Callable[[], bytes]] = {
    "as many tags as are allowed": lambda: b"<a>" + b"<b/>" * (TAGS_MAX - 2) + b"</a>",
    "as many attributes as are allowed": lambda: (
        b"<a " + b" ".join(b"a%d=''" % n for n in range(ATTRIBUTES_MAX)) + b"/>"
    ),
    "many namespaces": lambda: (
        b"<a "
        + b" ".join(b"xmlns:n%d='u%d'" % (n, n) for n in range(50_000))
        + b">"
        + b"<n7:b/>" * 300_000
        + b"</a>"
    ),
    "many names": lambda: b"<a>" + b"".join(b"<b%d/>" % n for n in range(500_000)) + b"</a>",
    "comments": lambda: filled(b"<a>", b"<!--x-->", b"</a>")[:TAGS_MAX] + b"</a>",
    "character references": lambda: b"<a>" + b"&#65;" * 1_500_000 + b"</a>",
    "digits": lambda: b'{"a": ' + b"9" * 15_000_000 + b"}",
    "declarations": lambda: b"<?xml version='1.0'?><a/>" * 20_000,
}


@pytest.mark.parametrize("case", BUSY)
def test_is_refused_in_time(case: str) -> None:
    data = BUSY[case]()
    started = time.process_time()
    readings = read(data)
    elapsed = time.process_time() - started
    assert readings[0].outcome == "parked"
    assert elapsed < SECONDS_MAX


def test_a_quantity_of_ten_million_digits_is_refused_in_time(plain: str) -> None:
    assert code_of(plain.replace("<Unit>100<", f"<Unit>{'1' * 9_000_000}<").encode()) == "bad_quantity"


def test_an_endless_identifier_is_refused_in_time(plain: str) -> None:
    assert code_of(plain.replace("NTC-778", "N" * 9_000_000).encode()) == "malformed"


def test_a_quantity_given_fifty_thousand_times_is_read_in_time(plain: str) -> None:
    unit = "<Unit>100</Unit>"
    started = time.process_time()
    (reading,) = read(plain.replace(unit, unit * 50_000).encode())
    assert time.process_time() - started < SECONDS_MAX
    assert reading.outcome == "confirmation"


def test_fifty_thousand_different_quantities_are_ambiguous_in_time(plain: str) -> None:
    units = "".join(f"<Unit>{n}</Unit>" for n in range(1, 50_001))
    assert code_of(plain.replace("<Unit>100</Unit>", units).encode()) == "ambiguous"


def test_long_names_deep_in_a_document_cost_little_memory(plain: str) -> None:
    names = [f"n{depth}{'x' * 40_000}" for depth in range(150)]
    nested = "".join(f"<{name}>" for name in names) + "".join(f"</{name}>" for name in reversed(names))
    data = plain.replace("<TxIdDtls>", f"{nested}<TxIdDtls>").encode()
    tracemalloc.start()
    try:
        (reading,) = read(data)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert reading.outcome == "confirmation"
    assert peak_bytes < 6 * len(data)


def test_a_bomb_costs_little_memory() -> None:
    tracemalloc.start()
    try:
        read(b"<a>" * 100_000)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 8 * 1024 * 1024
