"""Golden FIN messages, damaged at random: no exception, no slow read, never another movement than is stated.

What a mutant itself states is extracted line by line, without the reader's tokeniser. A seed that failed is
repeated with TALLYSTICK_SEED=n; TALLYSTICK_MUTANTS=n makes more of them.
"""

import os
import random
import re
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest
import stated_holdings

from schemas import canonical
from workers.ingest.printed import printed
from workers.ingest.reading import Reading
from workers.ingest.registry import read

SEED = int(os.environ.get("TALLYSTICK_SEED", secrets.randbits(32)))
MUTANTS = int(os.environ.get("TALLYSTICK_MUTANTS", "3000"))
READ_SECONDS_MAX = 2.0  # of this process
GOLDENS = {
    path.stem: path.read_bytes()
    for path in sorted((Path(__file__).parent.parent / "golden" / "mt").glob("*.fin"))
}
MUTANTS_EACH = -(-MUTANTS // len(GOLDENS))
DIRECTIONS = {"544": "receive", "545": "receive", "546": "deliver", "547": "deliver"}
KINDS = {
    "NEWM": "settlement_confirmed",
    "RVSL": "settlement_reversed",
    "CANC": "confirmation_withdrawn",
}
NUMBERS = [
    *("0,", "0,000", "-1,", "1e3,", "1.5,", "1,50", "00012,", " 7,", "9" * 40 + ",", "", "NaN", "7", ",7"),
    *("0x10,", "\u0663,", "1,2,3", "N5,", "+5,", "5,\n5", "12345678901234,", "0,0000000000001"),
]
LINES = [
    *(":36B::ESTT//UNIT/7,", ":36B::ESTT//FAMT/7,", ":36D::ESTT//UNIT/7,", ":36B::PSTT//UNIT/7,"),
    *(":35B:ISIN US67066G1040", ":35B:/US/67066G104", "ISIN US67066G1040", "/GB/0263494", ":23G:RVSL"),
    *(":23G:CANC/COPY", ":22H::PREC//PRSE", ":98A::ESET//20260305", ":97A::SAFE//OTHER", ":16R:FIAC"),
    *(":16S:FIAC", ":16R:TRADDET", ":16S:TRADDET", ":16R:FIA", ":16S:FIA", ":16R:GENL", ":16S:GENL"),
    *(":93B::AGGR//UNIT/7,", ":93B::AVAI//UNIT/7,", ":93C::TAVI//UNIT/AVAI/7,", ":93B::AGGR//FAMT/7,"),
    *(":16R:FIN", ":16S:FIN", ":16R:SUBSAFE", ":16S:SUBSAFE", ":16R:SUBBAL", ":16S:SUBBAL", ":28E:2/MORE"),
    *(":22F::CODE//DELT", ":98A::STAT//20260305", ":17B::ACTI//N"),
    *("-}", "$", "-}{5:{CHK:ABCDEF012345}}", "{4:", "{1:F01ISSRCHZZAXXX0000000000}", "", ":", "-", "\x01"),
]


# where a field counts, how its line begins, what of it is kept
COUNTED = {
    "functions": ("GENL", re.compile(r":23G:(.{4})")),
    "quantities": ("FIAC", re.compile(r":36.::ESTT//(.*)")),
    "accounts": ("FIAC", re.compile(r":97.::SAFE/(.*)")),
    "effective": ("TRADDET", re.compile(r":98.::ESET//(.*)")),
    "securities": ("TRADDET", re.compile(r":35B:(.*)")),
}


@dataclass
class Stated:
    """What the lines of one message say in the sequences where it counts; a security keeps all its lines."""

    kind: str | None
    found: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in COUNTED})


def stated(chunk: str) -> Stated:
    """Return what a message states: `chunk` is all that follows its first three characters."""
    header = re.search(r"\{2:[IO](\d\d\d)", chunk)
    result = Stated(kind=header and header[1])
    sequences: list[str] = []
    continued: list[str] | None = None
    for raw in chunk[chunk.find("{4:") :].split("\n"):
        line = raw.removesuffix("\r")
        if line.startswith("-}"):
            break
        if not line.startswith(":") and continued is not None:
            continued[-1] += "\n" + line
            continue
        continued = None
        if line.startswith(":16R:"):
            sequences.append(line[5:])
        if line.startswith(":16S:"):
            sequences = sequences[:-1]
        for name, (sequence, begins) in COUNTED.items():
            match = begins.match(line)
            if match and sequences == [sequence]:
                continued = result.found[name]
                continued.append(match[1])
    return result


def checked(data: bytes) -> list[Reading]:
    """Read, and hold every confirmation against what its own message states."""
    started = time.process_time()
    readings = read(data)
    elapsed = time.process_time() - started
    assert elapsed < READ_SECONDS_MAX
    assert readings
    for index, reading in enumerate(readings):
        canonical.encode(printed(reading, file="mutant", index=index))
        assert (reading.outcome == "confirmation") == (reading.confirmation is not None)
        assert (reading.outcome == "statement") == (reading.statement is not None)
        assert reading.reason is None or "fault of the program" not in reading.reason.text, data
    if any(reading.outcome in {"confirmation", "statement"} for reading in readings):
        hold_against(readings, data)
    return readings


def hold_against(readings: list[Reading], data: bytes) -> None:
    before, *chunks = data.decode("utf-8", "replace").removeprefix("\ufeff").split("{1:")
    with_header = readings[1:] if before.strip(" \r\n$\x01\x03") else readings
    messages = list(of_messages(with_header))
    assert len(messages) == len(chunks)
    for message, chunk in zip(messages, chunks, strict=True):
        if message[0].confirmation is not None:
            hold(message[0], stated(chunk), chunk)
        if message[0].statement is not None:
            assert message[0].dialect == "MT535"
            assert ":23G:NEWM" in chunk
            stated_holdings.hold(message, stated_holdings.of_fin(chunk))


def of_messages(readings: list[Reading]) -> Iterator[list[Reading]]:
    """Yield the readings of each message: as many as it says that it has legs."""
    at = 0
    while at < len(readings):
        legs = readings[at].legs or 1
        yield readings[at : at + legs]
        at += legs


def hold(reading: Reading, said: Stated, chunk: str) -> None:
    confirmation = reading.confirmation
    assert confirmation is not None
    assert reading.dialect == f"MT{said.kind}"
    assert {DIRECTIONS[said.kind or ""]} == {confirmation.movement}
    found = said.found
    assert {KINDS[function] for function in found["functions"]} == {confirmation.kind}
    assert "::PREC/" not in chunk
    units = [quantity.partition("/") for quantity in found["quantities"]]
    assert {kind for kind, _, _ in units} == {"UNIT"}
    assert {Decimal(text.replace(",", ".")) for _, _, text in units} == {Decimal(confirmation.quantity)}
    assert Decimal(confirmation.quantity) > 0
    assert found["securities"]
    for security in found["securities"]:
        lines = security.split("\n")
        named = [line[5:] for line in lines[:1] if line.startswith("ISIN ")]
        named += [line[4:] for line in lines if re.match(r"/(US|CA|GB|TS)/", line)]
        assert confirmation.security.id in named, lines
        assert {line[5:] for line in lines if line.startswith("ISIN ")} <= {confirmation.security.id}
    assert all(account.endswith("/" + confirmation.account) for account in found["accounts"])
    assert {moment[:8] for moment in found["effective"]} == {confirmation.settled_on.replace("-", "")}


@pytest.fixture(autouse=True)
def _seed_is_shown() -> None:
    print(f"TALLYSTICK_SEED={SEED}")


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Flip bits, or delete, repeat or move a few bytes."""
    mutant = bytearray(data)
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(mutant))
        length = chance.randrange(1, 6)
        match chance.randrange(4):
            case 0:
                mutant[at] ^= 1 << chance.randrange(8)
            case 1:
                del mutant[at : at + length]
            case 2:
                mutant[at:at] = mutant[at : at + length]
            case _:
                other = chance.randrange(len(mutant))
                mutant[at : at + length] = mutant[other : other + length]
    return bytes(mutant)


def with_another_number(data: bytes, chance: random.Random) -> bytes:
    text = data.decode()
    places = [match.span(1) for match in re.finditer(r"/([0-9.]*,[0-9.]*)(?=\r?\n)", text)]
    if not places:
        return damaged(data, chance)
    start, end = chance.choice(places)
    number = chance.choice(
        [*NUMBERS, f"{chance.uniform(0, 10**6):.{chance.randrange(12)}f}".replace(".", ",")]
    )
    return (text[:start] + number + text[end:]).encode()


def rearranged(data: bytes, chance: random.Random) -> bytes:
    """Delete, repeat, move or swap lines, or put in ones that would change the meaning."""
    lines = data.decode().split("\n")
    for _ in range(chance.randrange(1, 4)):
        at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        match chance.randrange(6):
            case 0 if len(lines) > 1:
                del lines[at]
            case 1:
                lines.insert(other, lines[at])
            case 2:
                lines[at], lines[other] = lines[other], lines[at]
            case 3:
                lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
            case _:
                lines.insert(at, chance.choice(LINES))
    return "\n".join(lines).encode()


def crossed(data: bytes, chance: random.Random) -> bytes:
    """Put the end of another golden message behind the beginning of this one."""
    other = GOLDENS[chance.choice(list(GOLDENS))]
    return data[: chance.randrange(len(data))] + other[chance.randrange(len(other)) :]


MUTATIONS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    damaged,
    with_another_number,
    rearranged,
    crossed,
)


@pytest.mark.parametrize("name", GOLDENS)
def test_a_mutant_never_means_another_movement(name: str) -> None:
    chance = random.Random(f"{SEED} {name}")
    for number in range(MUTANTS_EACH):
        mutate = MUTATIONS[number % len(MUTATIONS)]
        checked(mutate(GOLDENS[name], chance))


@pytest.mark.parametrize("name", GOLDENS)
def test_an_intact_message_passes_the_same_comparison(name: str) -> None:
    """Otherwise the extractor, and not the reader, would be what the mutants are held against."""
    if "profile" not in name:
        checked(GOLDENS[name])


@pytest.mark.parametrize(
    ("name", "outcome"), [("receive_against_payment", "confirmation"), ("statement", "statement")]
)
def test_the_mutants_are_not_all_refused(name: str, outcome: str) -> None:
    """Otherwise the comparisons of this file would prove nothing."""
    chance = random.Random(SEED)
    for mutate in (damaged, with_another_number, rearranged):
        outcomes = Counter(checked(mutate(GOLDENS[name], chance))[0].outcome for _ in range(150))
        assert outcomes["parked"] >= 10, mutate
        assert outcomes[outcome] >= 5, mutate


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("UNIT/100,", "UNIT/101,"),
        ("ISIN US0378331005\n/US/037833100", "ISIN US67066G1040"),
        ("{2:O545", "{2:O547"),
        (":23G:NEWM", ":23G:RVSL"),
        ("ESET//20260304", "ESET//20260305"),
        (":97A::SAFE//SK-900123", ":97A::SAFE//SK-900124"),
    ],
)
def test_a_reading_of_another_message_would_be_found(old: str, new: str) -> None:
    data = GOLDENS["receive_against_payment"].decode()
    assert old in data
    with pytest.raises(AssertionError):
        hold_against(read(data.encode()), data.replace(old, new, 1).encode())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("AGGR//UNIT/10,", "AGGR//UNIT/N10,"),
        ("ISIN US1912161007", "ISIN US67066G1040"),
        (":97A::SAFE//SK-900123-A", ":97A::SAFE//SK-900123-D"),
        (":98A::STAT//20260304", ":98A::STAT//20260305"),
        (":28E:1/ONLY", ":28E:1/MORE"),
        (":22F::CODE//COMP", ":22F::CODE//DELT"),
        (":16R:FIN\n:35B:ISIN US1912161007\n:93B::AGGR//UNIT/3,\n:16S:FIN\n", ""),
    ],
)
def test_a_reading_of_another_statement_would_be_found(old: str, new: str) -> None:
    data = GOLDENS["statement_of_several_accounts"].decode()
    assert old in data
    with pytest.raises(AssertionError):
        hold_against(read(data.encode()), data.replace(old, new, 1).encode())


@pytest.mark.parametrize("name", GOLDENS)
def test_a_message_cut_anywhere_is_parked(name: str) -> None:
    data = GOLDENS[name].rstrip(b" \r\n$\x03")
    chance = random.Random(f"{SEED} {name}")
    for end in chance.sample(range(1, len(data)), 10):
        last = checked(data[:end])[-1]
        assert last.outcome == "parked" or b"\n-}" in data[data.rindex(b"{1:", 0, end) : end]
