"""Golden messages, damaged at random: no exception, no slow read, never another movement than is stated.

What a mutant itself states is extracted by another parser than the readers use. A seed that failed is
repeated with TALLYSTICK_SEED=n.
"""

import json
import os
import random
import re
import secrets
import time
import xml.etree.ElementTree as ET
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from schemas import canonical
from workers.ingest.printed import printed
from workers.ingest.reading import Reading
from workers.ingest.registry import read

SEED = int(os.environ.get("TALLYSTICK_SEED", secrets.randbits(32)))
READ_SECONDS_MAX = 2.0  # of this process
DIRECTIONS = {"receive": "RECE", "deliver": "DELI"}
GOLDENS = {
    path.stem: path.read_bytes()
    for path in sorted((Path(__file__).parent.parent / "golden" / "iso20022").glob("*.xml"))
}
IN_UTF8 = {
    name: data
    for name, data in GOLDENS.items()
    if name not in {"utf16", "latin1", "doctype", "truncated", "too_deep"}
}
NUMBERS = ["0", "-1", "1e3", "1,5", "1.50", "00012", " 7", "9" * 40, "", "NaN", "7.", ".7", "0x10", "\u0663"]


RANDOMLY = settings(
    max_examples=200, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)


@pytest.fixture(autouse=True)
def _seed_is_shown() -> None:
    print(f"TALLYSTICK_SEED={SEED}")


def checked(data: bytes) -> list[Reading]:
    """Read, and hold every confirmation against what its own document states."""
    started = time.process_time()
    readings = read(data)
    elapsed = time.process_time() - started
    assert elapsed < READ_SECONDS_MAX
    assert readings
    for index, reading in enumerate(readings):
        canonical.encode(printed(reading, file="mutant", index=index))
        assert (reading.outcome == "confirmation") == (reading.confirmation is not None)
        assert (reading.outcome == "confirmation") == (reading.reason is None)
        assert reading.reason is None or "fault of the program" not in reading.reason.text, data
    if any(reading.outcome == "confirmation" for reading in readings):
        hold_against(readings, stated(data))
    return readings


def hold_against(readings: list[Reading], documents: list[ET.Element]) -> None:
    with_document = [
        one for one in readings if one.reason is None or "without its document" not in one.reason.text
    ]
    assert len(with_document) == len(documents)
    for reading, document in zip(with_document, documents, strict=True):
        if reading.confirmation is None:
            continue
        body = "SctiesSttlmTxConf"
        quantities = texts(document, body, "QtyAndAcctDtls", "SttldQty", "Qty", "Unit")
        assert {Decimal(text) for text in quantities} == {Decimal(reading.confirmation.quantity)}
        assert Decimal(reading.confirmation.quantity) > 0
        assert texts(document, body, "TxIdDtls", "SctiesMvmntTp") == {
            DIRECTIONS[reading.confirmation.movement]
        }
        assert texts(document, body, "AddtlParams", "PreConf") == set()
        identifiers = texts(document, body, "FinInstrmId", "ISIN") or texts(
            document, body, "FinInstrmId", "OthrId", "Id"
        )
        assert reading.confirmation.security.id in identifiers
        moments = texts(document, body, "TradDtls", "FctvSttlmDt", "Dt", "Dt") | texts(
            document, body, "TradDtls", "FctvSttlmDt", "Dt", "DtTm"
        )
        assert {text.strip()[:10] for text in moments} == {reading.confirmation.settled_on}


def stated(data: bytes) -> list[ET.Element]:
    """Return the outermost documents, by the parser of the standard library."""
    encoding = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8"
    declared = re.search(rb"^<\?xml[^>]*encoding=\"([A-Za-z0-9-]+)\"", data)
    text = data.decode(declared[1].decode() if declared else encoding)
    text = re.sub(r"<\?xml\s[^>]*\?>", "", text.removeprefix("\ufeff"))
    return outermost(ET.fromstring(f"<all>{text}</all>"))


def outermost(element: ET.Element) -> list[ET.Element]:
    if local(element) == "Document":
        return [element]
    if local(element) in {"AppHdr", "SplmtryData"}:
        return []
    return [document for child in element for document in outermost(child)]


def local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def texts(element: ET.Element, *path: str) -> set[str]:
    found = [element]
    space = element.tag.rpartition("}")[0]
    for step in path:
        wanted = f"{space}}}{step}" if space else step
        found = [child for one in found for child in one if child.tag == wanted]
    return {"".join(one.itertext()) for one in found} - {""}


@RANDOMLY
@seed(SEED)
@given(st.binary(max_size=400))
def test_any_bytes_give_a_reading(data: bytes) -> None:
    checked(data)


@RANDOMLY
@seed(SEED)
@given(
    st.sampled_from([b"<", b"<?xml ", b"\xff\xfe", b"\xef\xbb\xbf<", b"{", b"[", b"{1:F01", b"8=FIX"]),
    st.binary(max_size=200),
)
def test_any_bytes_behind_a_familys_first_characters_give_a_reading(start: bytes, rest: bytes) -> None:
    checked(start + rest)


@RANDOMLY
@seed(SEED)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=8), inner),
        max_leaves=12,
    )
)
def test_any_json_gives_a_reading(value: object) -> None:
    checked(json.dumps([value]).encode())
    checked(json.dumps({"\ud800": value}).encode())
    checked(json.dumps({"value": value}, ensure_ascii=False).encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("name", GOLDENS)
def test_damaged_bytes_never_mean_another_movement(name: str) -> None:
    chance = random.Random(f"{SEED} {name}")
    outcomes = {checked(damaged(GOLDENS[name], chance))[0].outcome for _ in range(60)}
    assert "parked" in outcomes


def test_the_mutants_are_not_all_refused() -> None:
    """Otherwise the comparisons of this file would prove nothing."""
    chance = random.Random(SEED)
    data = IN_UTF8["full_deliver"]
    accepted = sum(checked(restructured(data, chance))[0].outcome == "confirmation" for _ in range(200))
    assert 20 <= accepted <= 180


@pytest.mark.parametrize("name", IN_UTF8)
def test_other_numbers_mean_what_they_say_or_nothing(name: str) -> None:
    chance = random.Random(f"{SEED} {name}")
    text = IN_UTF8[name].decode()
    places = [match.span(1) for match in re.finditer(r">([0-9][^<>]*)<", text)]
    for _ in range(40):
        if not places:
            return
        start, end = chance.choice(places)
        number = chance.choice([*NUMBERS, f"{chance.uniform(0, 10**6):.{chance.randrange(12)}f}"])
        checked((text[:start] + number + text[end:]).encode())


@pytest.mark.parametrize("name", IN_UTF8)
def test_another_structure_never_means_another_movement(name: str) -> None:
    chance = random.Random(f"{SEED} {name}")
    for _ in range(40):
        checked(restructured(IN_UTF8[name], chance))


@pytest.mark.parametrize("name", IN_UTF8)
def test_a_message_cut_anywhere_is_parked(name: str) -> None:
    data = IN_UTF8[name].rstrip()
    chance = random.Random(f"{SEED} {name}")
    for end in chance.sample(range(1, len(data)), 30):
        outcomes = {one.outcome for one in checked(data[:end])}
        assert outcomes == {"parked"} or is_whole(data[:end])


def is_whole(data: bytes) -> bool:
    try:
        return len(stated(data)) > 0
    except ET.ParseError:
        return False


def damaged(data: bytes, chance: random.Random) -> bytes:
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


def restructured(data: bytes, chance: random.Random) -> bytes:
    """Delete, repeat, move or rename elements, or give one the text of another."""
    text = re.sub(r"<\?xml\s[^>]*\?>", "", data.decode())
    root = ET.fromstring(f"<all>{text}</all>")
    for _ in range(chance.randrange(1, 4)):
        parents = [parent for parent in root.iter() if len(parent) > 0]
        parent, target = chance.choice(parents), chance.choice(parents)
        child = chance.choice(list(parent))
        match chance.randrange(5):
            case 0:
                parent.remove(child)
            case 1:
                parent.insert(0, ET.fromstring(ET.tostring(child)))
            case 2:
                target.append(ET.fromstring(ET.tostring(child)))
            case 3:
                child.tag = chance.choice(list(root.iter())).tag
            case _:
                child.text = chance.choice(list(root.iter())).text
        if len(root) == 0:
            return b""
    return b"".join(ET.tostring(child, encoding="unicode").encode() for child in root)
