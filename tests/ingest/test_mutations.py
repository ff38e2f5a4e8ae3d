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
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Literal

import pytest
import stated_holdings
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from schemas import canonical
from schemas.confirmation import Confirmation
from workers.ingest.printed import printed
from workers.ingest.profiles import Profile, Profiles
from workers.ingest.reading import Reading
from workers.ingest.registry import read

Convention = Literal["original", "reversing"]

SEED = int(os.environ.get("TALLYSTICK_SEED", secrets.randbits(32)))
MUTANTS_MIN = 2_500
READ_SECONDS_MAX = 2.0  # of this process
KINDS = {"SctiesSttlmTxConf": "settlement_confirmed", "SctiesSttlmTxRvslAdvc": "settlement_reversed"}
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
    """Read, and hold every confirmation against what its own document states, by every convention."""
    readings = held(data, None)
    if b"SctiesSttlmTxRvslAdvc" in data:
        held(data, "original")
        held(data, "reversing")
    return readings


def held(data: bytes, convention: Convention | None) -> list[Reading]:
    profile = Profile(name="northern", accounts=("SK-900123",), reversals=convention)
    started = time.process_time()
    readings = read(data, profiles=Profiles((profile,)))
    elapsed = time.process_time() - started
    assert elapsed < READ_SECONDS_MAX
    assert readings
    for index, reading in enumerate(readings):
        canonical.encode(printed(reading, file="mutant", index=index))
        assert (reading.outcome == "confirmation") == (reading.confirmation is not None)
        assert (reading.outcome == "statement") == (reading.statement is not None)
        assert (reading.outcome in {"confirmation", "statement"}) == (reading.reason is None)
        assert reading.reason is None or "fault of the program" not in reading.reason.text, data
    if any(reading.reason is None for reading in readings):
        hold_against(readings, data, convention)
    return readings


def hold_against(readings: list[Reading], data: bytes, convention: Convention | None) -> None:
    documents = stated(data)
    with_document = [
        one for one in readings if one.reason is None or "without its document" not in one.reason.text
    ]
    messages = list(of_messages(with_document))
    assert len(messages) == len(documents)
    for message, document in zip(messages, documents, strict=True):
        reading = message[0]
        if reading.statement is not None:
            stated_holdings.hold(message, stated_holdings.of_xml(document[0]))
        if reading.confirmation is None:
            continue
        (body,) = document
        confirmation = reading.confirmation
        quantities = texts(body, "QtyAndAcctDtls", "SttldQty", "Qty", "Unit")
        assert {Decimal(text) for text in quantities} == {Decimal(confirmation.quantity)}
        assert Decimal(confirmation.quantity) > 0
        assert texts(body, "AddtlParams", "PreConf") == set()
        identifiers = texts(body, "FinInstrmId", "ISIN") or texts(body, "FinInstrmId", "OthrId", "Id")
        assert confirmation.security.id in identifiers
        moments = texts(body, "TradDtls", "FctvSttlmDt", "Dt", "Dt") | texts(
            body, "TradDtls", "FctvSttlmDt", "Dt", "DtTm"
        )
        assert {text.strip()[:10] for text in moments} == {confirmation.settled_on}
        assert KINDS[local(body)] == confirmation.kind
        if confirmation.kind == "settlement_confirmed":
            assert texts(body, "TxIdDtls", "SctiesMvmntTp") == {DIRECTIONS[confirmation.movement]}
        else:
            hold_reversal(confirmation, body, data, convention)


def of_messages(readings: list[Reading]) -> Iterator[list[Reading]]:
    """Yield the readings of each message: as many as it says that it has legs."""
    at = 0
    while at < len(readings):
        legs = readings[at].legs or 1
        yield readings[at : at + legs]
        at += legs


def hold_reversal(
    confirmation: Confirmation, body: ET.Element, data: bytes, convention: Convention | None
) -> None:
    """A reversal undoes what it states, or its opposite where the servicer states the reversing movement."""
    direction = DIRECTIONS[confirmation.movement]
    swapped = {"RECE": "DELI", "DELI": "RECE"}[direction]
    ours = confirmation.account == "SK-900123"
    is_reversing = ours and convention == "reversing"
    assert texts(body, "TxIdDtls", "SctiesMvmntTp") == {swapped if is_reversing else direction}
    previous = confirmation.previous_confirmation_id
    assert previous is None or previous in texts(body, "ConfRef") | texts(body, "ConfRef", "Id")
    if not ours or convention is None:
        assert others_of(body, confirmation.account, data) <= {direction}


def others_of(body: ET.Element, account: str, data: bytes) -> set[str]:
    """Return the directions that a reversal states besides its movement."""
    found = set()
    if texts(body, "TxIdDtls", "Pmt") == {"APMT"} and any(map(Decimal, texts(body, "SttldAmt", "Amt"))):
        found |= {{"DBIT": "RECE", "CRDT": "DELI"}[text] for text in texts(body, "SttldAmt", "CdtDbtInd")}
    sides = {"RECE": "RcvgSttlmPties", "DELI": "DlvrgSttlmPties"}
    with_account = [
        direction
        for direction, side in sides.items()
        if any(account in texts(body, side, f"Pty{place}", "SfkpgAcct", "Id") for place in range(1, 6))
    ]
    with_party = [direction for direction, side in sides.items() if nodes(body, side, "Pty1")]
    if len(with_account) == 1:
        found |= set(with_account)
    elif len(with_party) == 1:
        (side,) = with_party
        if not is_sender(texts(body, sides[side], "Pty1", "Id", "AnyBIC"), data):
            found.add({"RECE": "DELI", "DELI": "RECE"}[side])
    return found


def is_sender(bics: set[str], data: bytes) -> bool:
    """Whether a party may be the sender: its BIC also stands elsewhere in the file."""
    return any(data.count(bic[:8].encode()) > 1 for bic in bics)


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
    return {"".join(one.itertext()) for one in nodes(element, *path)} - {""}


def nodes(element: ET.Element, *path: str) -> list[ET.Element]:
    found = [element]
    space = element.tag.rpartition("}")[0]
    for step in path:
        wanted = f"{space}}}{step}" if space else step
        found = [child for one in found for child in one if child.tag == wanted]
    return found


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
    assert "parked" in {checked(mutant)[0].outcome for mutant in with_damaged_bytes(name)}


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("full_deliver", "confirmation"),
        ("reversal_of_a_delivery", "confirmation"),
        ("statement", "statement"),
    ],
)
def test_the_mutants_are_not_all_refused(name: str, outcome: str) -> None:
    """Otherwise the comparisons of this file would prove nothing."""
    chance = random.Random(SEED)
    data = IN_UTF8[name]
    accepted = sum(checked(restructured(data, chance))[0].outcome == outcome for _ in range(200))
    assert 20 <= accepted <= 180


@pytest.mark.parametrize("name", IN_UTF8)
def test_other_numbers_mean_what_they_say_or_nothing(name: str) -> None:
    for mutant in with_other_numbers(name):
        checked(mutant)


@pytest.mark.parametrize("name", IN_UTF8)
def test_another_structure_never_means_another_movement(name: str) -> None:
    for mutant in with_another_structure(name):
        checked(mutant)


@pytest.mark.parametrize("name", IN_UTF8)
def test_a_message_cut_anywhere_is_parked(name: str) -> None:
    for mutant in cut(name):
        assert {one.outcome for one in checked(mutant)} == {"parked"} or is_whole(mutant)


def test_the_mutants_are_thousands_and_no_two_are_alike() -> None:
    """Count what the tests above read, each only once, and none that is whole."""
    mutants = {mutant for name in GOLDENS for mutant in with_damaged_bytes(name)}
    for damage in (with_other_numbers, with_another_structure, cut):
        mutants |= {mutant for name in IN_UTF8 for mutant in damage(name)}
    mutants -= set(GOLDENS.values())
    print(f"{len(mutants)} mutants")
    assert len(mutants) >= MUTANTS_MIN


def with_damaged_bytes(name: str) -> Iterator[bytes]:
    chance = random.Random(f"{SEED} {name}")
    for _ in range(40):
        yield damaged(GOLDENS[name], chance)


def with_other_numbers(name: str) -> Iterator[bytes]:
    chance = random.Random(f"{SEED} {name}")
    text = IN_UTF8[name].decode()
    places = [match.span(1) for match in re.finditer(r">([0-9][^<>]*)<", text)]
    for _ in range(30 if places else 0):
        start, end = chance.choice(places)
        number = chance.choice([*NUMBERS, f"{chance.uniform(0, 10**6):.{chance.randrange(12)}f}"])
        yield (text[:start] + number + text[end:]).encode()


def with_another_structure(name: str) -> Iterator[bytes]:
    chance = random.Random(f"{SEED} {name}")
    for _ in range(40):
        yield restructured(IN_UTF8[name], chance)


def cut(name: str) -> Iterator[bytes]:
    data = IN_UTF8[name].rstrip()
    chance = random.Random(f"{SEED} {name}")
    for end in chance.sample(range(1, len(data)), 20):
        yield data[:end]


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
