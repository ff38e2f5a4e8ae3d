"""FIN files that are made to cost time or memory, or to smuggle a message in: read or refused in time."""

import time
import tracemalloc
from collections.abc import Callable

import pytest

from workers.ingest.mt.envelope import MESSAGE_CHARACTERS_MAX, MESSAGES_MAX
from workers.ingest.mt.text_block import FIELDS_MAX
from workers.ingest.reading import Reading
from workers.ingest.registry import BYTES_MAX, read

SECONDS_MAX = 2.0  # of this process
START = b"{1:F01ISSRCHZZAXXX0000000000}{2:O5441615260304NORTUS33AXXX00000000002603041615N}{4:\n"
END_OF_GENL = ":16S:GENL"


def filled(unit: bytes, end: bytes = b"") -> bytes:
    return START + unit * ((BYTES_MAX - len(START) - len(end)) // len(unit)) + end


BUSY: dict[str, Callable[[], bytes]] = {
    "starts": lambda: b"{1:" * 19_000,
    "starts beyond count": lambda: b"{1:" * 5_000_000,
    "braces": lambda: filled(b"{"),
    "closing braces": lambda: filled(b"}"),
    "trailers": lambda: filled(b"{5:{CHK:1}}"),
    "empty lines": lambda: filled(b"\n"),
    "line ends of two bytes": lambda: filled(b"\r\n"),
    "colons": lambda: filled(b":"),
    "lines of colons": lambda: filled(b"\n:"),
    "lines of hyphens": lambda: filled(b"\n-"),
    "slashes": lambda: filled(b"//"),
    "fields": lambda: filled(b":20C::SEME//1\n", b"-}"),
    "sequences that open": lambda: filled(b":16R:A\n", b"-}"),
    "sequences that end": lambda: filled(b":16S:A\n", b"-}"),
    "ends of texts": lambda: filled(b"\n-}{4:"),
    "separators": lambda: b"{1:" + b"$\x01\x03 \n" * 3_000_000,
    "separators before the first message": lambda: b"${1:".rjust(BYTES_MAX, b"\n"),
    "spaces after a message": lambda: START + b"-}" + b" " * (BYTES_MAX - 200) + b"x",
    "an endless basic header": lambda: b"{1:" + b"F" * (BYTES_MAX - 3),
    "user headers": lambda: START[:-4] + b"{3:" + b"{108:A}" * 2_000_000,
    "bytes that are no UTF-8": lambda: filled(b"\xff"),
    "small messages": lambda: (START + b"-}") * MESSAGES_MAX,
}


@pytest.mark.parametrize("case", BUSY)
def test_is_refused_in_time(case: str) -> None:
    data = BUSY[case]()[:BYTES_MAX]
    started = time.process_time()
    readings = read(data)
    elapsed = time.process_time() - started
    assert {reading.outcome for reading in readings} == {"parked"}
    assert not any(reading.reason and "fault" in reading.reason.text for reading in readings)
    assert elapsed < SECONDS_MAX


def code_of(text: str) -> str | None:
    (reading,) = read(text.encode())
    return reading.reason and reading.reason.code


def test_a_message_beyond_the_limit_is_too_large(plain_mt: str) -> None:
    narrative = "\n".join(["A" * 70] * (MESSAGE_CHARACTERS_MAX // 71))
    assert code_of(plain_mt.replace("APPLE INC", narrative)) == "too_large"


def test_fields_beyond_the_limit_are_too_large(plain_mt: str) -> None:
    many = ":70E::SPRO//\n" * FIELDS_MAX
    assert code_of(plain_mt.replace(END_OF_GENL, many + END_OF_GENL)) == "too_large"


def test_a_quantity_given_eight_hundred_times_is_one_answer(plain_mt: str) -> None:
    quantity = ":36B::ESTT//UNIT/100,\n"
    assert code_of(plain_mt.replace(quantity, quantity * 800)) is None


def test_eight_hundred_quantities_are_ambiguous(plain_mt: str) -> None:
    quantities = "".join(f":36B::ESTT//UNIT/{n},\n" for n in range(1, 801))
    assert code_of(plain_mt.replace(":36B::ESTT//UNIT/100,\n", quantities)) == "ambiguous"


def test_remembered_layouts_cost_little_memory(plain_mt: str) -> None:
    texts = [plain_mt.replace(END_OF_GENL, f":16R:A{n}\n:16S:A{n}\n" * 400 + END_OF_GENL) for n in range(300)]
    tracemalloc.start()
    try:
        for text in texts:
            assert code_of(text) is None
        kept_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept_bytes < 64 * 1024 * 1024


def outcomes(readings: list[Reading]) -> list[str]:
    return [reading.outcome for reading in readings]


def test_a_message_inside_a_description_is_never_read(plain_mt: str) -> None:
    inner = plain_mt.replace("UNIT/100,", "UNIT/900,").rstrip("\n")
    readings = read(plain_mt.replace("APPLE INC ORD SHS", inner).encode())
    assert outcomes(readings) == ["parked", "parked"]


def test_a_message_inside_a_field_on_one_line_is_never_read(plain_mt: str) -> None:
    inner = plain_mt.replace("UNIT/100,", "UNIT/900,").rstrip("\n")
    readings = read(plain_mt.replace("APPLE INC ORD SHS", f"APPLE {inner} SHS").encode())
    assert outcomes(readings) == ["parked", "parked"]


def test_what_follows_a_smuggled_message_is_read_again(plain_mt: str) -> None:
    outer = plain_mt.replace("APPLE INC ORD SHS", plain_mt.rstrip("\n"))
    assert outcomes(read((outer + plain_mt).encode())) == ["parked", "parked", "confirmation"]


def test_a_header_cannot_hold_a_message(plain_mt: str) -> None:
    readings = read(plain_mt.replace("}{4:", "}{3:{108:" + plain_mt.rstrip("\n") + "}}{4:", 1).encode())
    assert "confirmation" not in outcomes(readings)


def test_a_bad_byte_spoils_its_own_message_alone(plain_mt: str) -> None:
    spoilt = plain_mt.encode().replace(b"SK-900123", b"SK-\xff")
    assert outcomes(read(plain_mt.encode() + spoilt + plain_mt.encode())) == [
        "confirmation",
        "parked",
        "confirmation",
    ]


@pytest.mark.parametrize(
    ("before", "between", "after"),
    [
        ("", "", ""),
        ("", "\n", "\n"),
        ("", "\r\n$\r\n", "\r\n$"),
        ("$\n", "$", ""),
        ("\x01", "\x03\x01", "\x03"),
        ("\x01", "\x03" + " " * 300 + "\x01", "\x03" + " " * 300),
        (" \n", "\n\n \n", " "),
        ("\ufeff", "", ""),
    ],
)
def test_messages_may_stand_apart_in_every_way_that_files_have(
    before: str, between: str, after: str, plain_mt: str
) -> None:
    one = plain_mt.rstrip("\n")
    readings = read((before + between.join([one] * 3) + after).encode())
    assert [reading.confirmation for reading in readings] == [read(one.encode())[0].confirmation] * 3
    assert len(readings) == 3


@pytest.mark.parametrize("between", ["text", "}", "-}", "{4:\n-}", ";", "\x00"])
def test_anything_else_between_messages_is_parked_with_the_one_before(between: str, plain_mt: str) -> None:
    readings = read((plain_mt + between + plain_mt).encode())
    assert outcomes(readings)[0] == "parked"


def test_text_before_the_first_message_is_parked_and_the_message_read(plain_mt: str) -> None:
    block = plain_mt[plain_mt.index("{4:") :]
    assert outcomes(read((block + plain_mt).encode())) == ["parked", "confirmation"]
