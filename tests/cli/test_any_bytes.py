"""Any bytes at all are parked with a reason, kept as evidence, exit 1; never a traceback, never a guess."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from command_line import CommandLine, Forker, Ran
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workers.demo.market import CUSTODIANS
from workers.demo.movement import Movement
from workers.demo.sese import told as sese025

SEED = 20261123
REASONS = {
    "not_a_message",
    "unknown_message_type",
    "malformed",
    "missing_field",
    "bad_identifier",
    "bad_quantity",
    "quantity_not_in_units",
    "inconsistent_quantities",
    "ambiguous",
    "too_large",
}
BEGINNINGS = (b"", b"<", b"{", b"[", b"{1:", b"8=FIX.4.4\x01", b"\xef\xbb\xbf<", b"\xff\xfe<\x00", b"\x00<")


def corpus() -> Iterator[bytes]:
    """Yield bytes that nobody should send."""
    chance = Random(SEED)
    movement = Movement(
        custodian=CUSTODIANS[0],
        account="A",
        isin="US0378331005",
        quantity="100",
        message_id="M",
        transaction="T",
        reference=None,
    )
    good = sese025(movement, chance)
    yield from (b"", b" ", b"\x00" * 1000, b"<" * 10_000, b"[" * 100_000, b'{"a":' * 50_000, b"\n" * 5)
    yield from (b"<a>" * 30_000, b'<!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>', b"<a/>" * 100, b"{}" * 1000)
    yield b'{"dialect": "tallystick.request", "v": 1, "type": "\\ud800"}'
    yield b'{"dialect": "tallystick.\\udfff\\ud800", "v": 1}'
    yield b'{"dialect": "tallystick.' + b"x" * 100_000 + b'", "v": 1}'
    yield b'{"\\ud800": 1e999999, "dialect": "tallystick.request"}'
    yield b'{"dialect": "tallystick.request", "v": 1, "type": "issuance", "client": "\xed\xa0\x80"}'
    yield good.replace(b"<BizMsgIdr>M<", b"<BizMsgIdr>\xed\xa0\x80<")
    yield good.replace(b"<BizMsgIdr>M<", b"<BizMsgIdr>&#xD800;<")
    yield good.replace(b"100", b"1" * 100_000)
    for number in range(250):
        yield chance.choice(BEGINNINGS) + chance.randbytes(chance.randint(0, 300))
        cut = chance.randrange(1, len(good) - 1)
        yield good[:cut] if number % 2 else good[:cut] + chance.randbytes(1) + good[cut + 3 :]


def parked(ran: Ran) -> list[dict[str, object]]:
    """Return what was parked; whatever else is said, nothing failed."""
    assert ran.code in (0, 1), ran.err
    assert ran.err == ""
    found = ran.objects()
    parked = [each for each in found if each["outcome"] == "parked"]
    assert bool(parked) == bool(ran.code)
    for each in parked:
        assert each["reason"]["code"] in REASONS
        assert each["reason"]["text"] != ""
    return parked


def test_a_thousand_wrong_files_are_each_parked_with_a_reason(tallystick: CommandLine) -> None:
    print(f"seed {SEED}")
    files = [tallystick.file(f"{number:04d}", data) for number, data in enumerate(corpus())]
    ran = tallystick("read", "--json", *files)
    assert len(parked(ran)) >= len(files) // 2
    assert {each["file"] for each in ran.objects()} == set(map(str, files)), "each file is answered"
    readable = tallystick("read", *files)
    assert (readable.code, readable.err) == (1, "")


def test_wrong_files_that_are_submitted_are_kept_byte_for_byte_and_appended(
    tallystick: CommandLine, created_log: Path
) -> None:
    contents = list(corpus())
    files = [tallystick.file(f"{number:04d}", data) for number, data in enumerate(contents)]
    ran = tallystick("submit", "--json", "--data", created_log, *files)
    parked(ran)
    with closing(sqlite3.connect(f"{(created_log / 'log.sqlite').as_uri()}?mode=ro", uri=True)) as log:
        evidence = dict(log.execute("SELECT sha256, data FROM evidence"))
        messages = {
            hashlib.sha256(value).hexdigest(): json.loads(value)
            for (value,) in log.execute(
                "SELECT value FROM entry JOIN stream ON number = stream WHERE name LIKE 'inbox%'"
            )
        }
    for data in contents:
        assert evidence[hashlib.sha256(data).hexdigest()] == data
    for each in ran.objects():
        assert messages[str(each["message"])]["evidence"]["sha256"] == each["evidence"]


@pytest.mark.parametrize("megabytes", [17, 257])
def test_a_file_that_is_too_large_is_said_to_be(tallystick: CommandLine, megabytes: int) -> None:
    path = tallystick.folder / "huge"
    with path.open("wb") as file:
        file.truncate(megabytes * 1024 * 1024)
    ran = tallystick("read", "--json", path)
    if megabytes <= 256:
        (found,) = parked(ran)
        assert found["reason"]["code"] == "too_large"
    else:
        assert "huge: larger than 268435456 bytes; split it into messages first" in ran.refusal()


def test_a_device_without_an_end_is_refused(tallystick: CommandLine) -> None:
    assert "/dev/zero: larger than" in tallystick("read", "/dev/zero").refusal()


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    print_blob=True,
)
@given(
    data=st.one_of(
        st.binary(max_size=300),
        st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.builds(bytes.__add__, st.sampled_from(BEGINNINGS), st.binary(max_size=200)),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=8,
        ).map(lambda value: json.dumps({"dialect": "tallystick.request", "x": value}).encode()),
    )
)
def test_any_bytes_are_read_without_a_traceback(tmp_path: Path, forker: Forker, data: bytes) -> None:
    tallystick = CommandLine(tmp_path, forker)
    parked(tallystick("read", "--json", tallystick.file("any", data)))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300), sender=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True))
def test_any_bytes_are_submitted_without_a_traceback(
    tmp_path: Path, forker: Forker, created_log: Path, data: bytes, sender: str
) -> None:
    tallystick = CommandLine(tmp_path, forker)
    path = tallystick.file("any", data)
    parked(tallystick("submit", "--json", "--data", created_log, "--sender", sender, path))
