"""Golden objects and streams, damaged at random: no exception, no slow read, no other movement than stated.

What a mutant itself states is extracted by another parser than the reader uses, and by rules written here
once more. A seed that failed is repeated with TALLYSTICK_SEED=n; TALLYSTICK_MUTANTS=n makes n of each kind.
"""

import copy
import dataclasses
import json
import os
import random
import re
import secrets
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from schemas import canonical
from schemas.confirmation import Confirmation, Security
from workers.ingest.printed import printed
from workers.ingest.profiles import Profile, Profiles
from workers.ingest.reading import Reading
from workers.ingest.registry import read

SEED = int(os.environ.get("TALLYSTICK_SEED", secrets.randbits(32)))
MUTANTS_MIN = 1_500
READ_SECONDS_MAX = 2.0  # of this process
FOLDER = Path(__file__).parent.parent / "golden" / "alpaca"
GOLDENS = {
    path.name.partition(".")[0]: path.read_bytes()
    for path in sorted([*FOLDER.glob("*.in.json"), *FOLDER.glob("*.sse")])
}
IN_JSON = [path.name.partition(".")[0] for path in sorted(FOLDER.glob("*.in.json"))]
MUTANTS_EACH = int(os.environ.get("TALLYSTICK_MUTANTS", -(-MUTANTS_MIN // len(GOLDENS))))
OURS = ("0c5f1d52-7a35-4f0e-9b61-5a4c3f2e1d01", "0c5f1d52-7a35-4f0e-9b61-5a4c3f2e1d02")
NUMBERS = [
    *('"0"', '"-1"', '"1e3"', '"1,5"', '"1.50"', '"00012"', '" 7"', '""', '"NaN"', '"7."', '".7"', '"+7"'),
    *('"0x10"', '"\u0663"', '"-0.250"', '"33"', '"1.65"', "0", "-7", "1e3", "1E-3", "1.50", "-0.25", "2000"),
    *("9" * 40, "null", "true", "[7]", "120.5", "12345678901234567.000000001", "0.1", "33.0", "200"),
]
PREFIXES = {
    ("SPLIT", "deliver"): ["old_"],
    ("SPLIT", "receive"): ["new_", "alternate_"],
    ("SPIN", "receive"): ["new_"],
    ("MA", "deliver"): ["acquiree_"],
    ("MA", "receive"): ["acquirer_"],
}
FORMER = {"SSP": "SPLIT", "SSO": "SPIN"}

Stated = dict[str, Any]
Mutation = Callable[[bytes, random.Random], bytes]


@pytest.fixture(autouse=True)
def _seed_is_shown() -> None:
    print(f"TALLYSTICK_SEED={SEED}")


def checked(data: bytes, reversals: Any = None) -> list[Reading]:
    """Read, and hold every confirmation against an object of the mutant."""
    profiles = Profiles((Profile(name="alpaca", accounts=OURS, reversals=reversals),))
    started = time.process_time()
    readings = read(data, profiles=profiles)
    assert time.process_time() - started < READ_SECONDS_MAX
    assert readings
    for index, reading in enumerate(readings):
        canonical.encode(printed(reading, file="mutant", index=index))
        assert (reading.outcome == "confirmation") == (reading.confirmation is not None)
        assert (reading.outcome == "confirmation") == (reading.reason is None)
        assert reading.reason is None or "fault of the program" not in reading.reason.text, data
    confirmations = [reading.confirmation for reading in readings if reading.confirmation is not None]
    if confirmations:
        hold_against(confirmations, objects(data), reversals)
    return readings


def hold_against(confirmations: list[Confirmation], stated: Iterator[Stated], reversals: Any) -> None:
    """Find each confirmation in an object of its own, in the order of the file."""
    for confirmation in confirmations:
        assert any(states(one, confirmation, reversals) for one in stated), confirmation


def objects(data: bytes) -> Iterator[Stated]:
    """Yield the objects of a file or stream, numbers as the text that they are written in."""
    text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    if not text.lstrip().startswith(("{", "[")):
        events = re.split(r"\n\n+", text)
        parts = ["\n".join(re.findall(r"^data:? ?(.*)$", event, re.MULTILINE)) for event in events]
    else:
        parts = [text] if is_json(text) else text.split("\n")
    for part in filter(is_json, parts):
        yield from parsed(part)


def is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text.encode())
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def parsed(text: str) -> Iterator[Stated]:
    value = written(msgspec.json.decode(text.encode(), type=msgspec.Raw))
    yield from (one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict))


def written(raw: Any) -> Any:
    """Return JSON with its numbers as text, by msgspec."""
    data = bytes(raw)
    if data.lstrip().startswith(b"{"):
        return {
            name: written(one) for name, one in msgspec.json.decode(data, type=dict[str, msgspec.Raw]).items()
        }
    if data.lstrip().startswith(b"["):
        return [written(one) for one in msgspec.json.decode(data, type=list[msgspec.Raw])]
    value = msgspec.json.decode(data)
    return data.decode().strip() if isinstance(value, int | float) and not isinstance(value, bool) else value


def states(one: Stated, said: Confirmation, reversals: Any) -> bool:
    """Return whether the object states this movement: quantity, direction, account, security, day, kind."""
    quantity = number(one.get("qty"))
    if quantity is None:
        return False
    of_activity = "activity_type" in one
    account, movement = (activity_side if of_activity else journal_side)(one, quantity, reversals)
    days = {text_of(one, name)[:10] for name in ("settle_date", "date")} - {""}
    return (
        quantity.copy_abs() == Decimal(said.quantity) > 0
        and (account, movement) == (said.account, said.movement)
        and said.security.id in identifiers(one, movement, quantity.copy_abs())
        and days == {said.settled_on}
        and said.kind == (activity_kind if of_activity else journal_kind)(one)
    )


def number(text: Any) -> Decimal | None:
    """Return what the digits say, or None where they are no plain decimal; `abs` would round at 28 digits."""
    is_plain = isinstance(text, str) and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text, re.ASCII)
    return Decimal(text) if is_plain else None


def text_of(one: Stated, name: str) -> str:
    text = one.get(name)
    return text if isinstance(text, str) and text.strip() else ""


def journal_side(one: Stated, quantity: Decimal, _reversals: Any) -> tuple[Any, str]:
    gives, takes = one.get("from_account"), one.get("to_account")
    if quantity < 0 or (gives in OURS) == (takes in OURS):
        return None, "neither"
    return (takes, "receive") if takes in OURS else (gives, "deliver")


def activity_side(one: Stated, quantity: Decimal, reversals: Any) -> tuple[Any, str]:
    corrects = bool(text_of(one, "previous_id"))
    if corrects and reversals is None:
        return None, "neither"
    comes_in = (quantity > 0) != (corrects and reversals == "reversing")
    return one.get("account_id"), "receive" if comes_in else "deliver"


def journal_kind(one: Stated) -> str:
    if one.get("entry_type") != "JNLS":
        return "nothing"
    before, after = one.get("status_from"), text_of(one, "status") or text_of(one, "status_to")
    if after == "executed":
        return "settlement_confirmed"
    is_undone = after == "correct" or (before, after) == ("executed", "canceled")
    return "settlement_reversed" if is_undone else "nothing"


def activity_kind(one: Stated) -> str:
    subtype = text_of(one, "activity_subtype") or text_of(one, "activity_sub_type")
    kind = "SDIV" if subtype == "SDIV" else FORMER.get(one["activity_type"], one["activity_type"])
    what = {
        **dict.fromkeys(("ACATS", "FOPT", "JNLS"), "settlement"),
        **dict.fromkeys(("SPLIT", "SDIV", "MA", "SPIN"), "corporate_action_movement"),
    }.get(kind, "nothing")
    if one.get("status") == "pending" or number(one.get("net_amount") or "0") != 0:
        return "nothing"
    corrects = bool(text_of(one, "previous_id"))
    return f"{what}_{'reversed' if corrects or one.get('status') in ('correct', 'canceled') else 'confirmed'}"


def identifiers(one: Stated, movement: str, quantity: Decimal) -> set[str]:
    """Return the identifiers of what moves: by the leg's prefix, and of two legs by the quantity."""
    details = one.get("details")
    fields = {**one, **(details if isinstance(details, dict) else {})}
    kind = text_of(one, "activity_type")
    found: set[str] = set()
    for prefix in PREFIXES.get((FORMER.get(kind, kind), movement), []):
        term = fields.get(f"{prefix}qty")
        if term is None or number(term) == quantity:
            found |= {text_of(fields, name) for name in named(prefix)} - {""}
    return found or {text_of(fields, name) for name in named("")} - {""}


def named(prefix: str) -> list[str]:
    return [f"{prefix}{name}" for name in ("isin", "cusip", "symbol")]


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Flip, delete, repeat or move bytes."""
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


def renumbered(data: bytes, chance: random.Random) -> bytes:
    """Write another number, or none, where one stands."""
    text = data.decode()
    places = [
        match.span(1) for match in re.finditer(r': ("-?[0-9][0-9.,]*"|-?[0-9][0-9.e-]*)(?=[,}\n])', text)
    ]
    if not places:
        return data
    start, end = chance.choice(places)
    number = chance.choice([*NUMBERS, f'"{chance.uniform(-(10**6), 10**6):.{chance.randrange(12)}f}"'])
    return (text[:start] + number + text[end:]).encode()


def restructured(data: bytes, chance: random.Random) -> bytes:
    """Delete, rename or swap fields, or give one the value of another; of a stream, its lines."""
    text = data.decode()
    if not text.lstrip().startswith(("{", "[")):
        return relined(text, chance)
    try:
        value = json.loads(text)
    except RecursionError:
        return data
    places = list(inner(value))
    for _ in range(chance.randrange(1, 4)):
        holder = chance.choice(places)
        other = chance.choice(places)
        if not holder or not other:
            continue
        name, second = chance.choice(list(holder)), chance.choice(list(other))
        match chance.randrange(4):
            case 0:
                del holder[name]
            case 1:
                holder[second] = holder.pop(name)
            case 2:
                mine = copy.deepcopy(holder[name])
                holder[name], other[second] = copy.deepcopy(other[second]), mine
            case _:
                holder[name] = copy.deepcopy(other[second])
    return json.dumps(value, default=str).encode()


def relined(text: str, chance: random.Random) -> bytes:
    lines = text.split("\n")
    at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(3):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, lines[other])
        case _:
            lines[at], lines[other] = lines[other], lines[at]
    return "\n".join(lines).encode()


def inner(value: Any) -> Iterator[Stated]:
    """Yield every object inside a value."""
    if isinstance(value, dict):
        yield value
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from inner(one)


@pytest.mark.parametrize("name", GOLDENS)
@pytest.mark.parametrize("mutate", [damaged, renumbered, restructured], ids=lambda one: one.__name__)
def test_a_mutant_never_means_another_movement(name: str, mutate: Mutation) -> None:
    chance = random.Random(f"{SEED} {name} {mutate.__name__}")
    for _ in range(MUTANTS_EACH):
        checked(mutate(GOLDENS[name], chance), chance.choice([None, None, "original", "reversing"]))


def test_there_are_as_many_mutants_as_promised() -> None:
    assert len(GOLDENS) * MUTANTS_EACH >= MUTANTS_MIN


@pytest.mark.parametrize("name", ["journal_receive", "activity_reverse_split", "event_in_full"])
@pytest.mark.parametrize("mutate", [damaged, renumbered, restructured], ids=lambda one: one.__name__)
def test_the_mutants_are_not_all_refused(name: str, mutate: Mutation) -> None:
    """Otherwise the comparisons of this file would prove nothing."""
    chance = random.Random(f"{SEED} {name} {mutate.__name__}")
    outcomes = [one.outcome for _ in range(200) for one in checked(mutate(GOLDENS[name], chance))]
    assert outcomes.count("confirmation") >= 5
    assert outcomes.count("parked") >= 5


@pytest.mark.parametrize("name", IN_JSON)
def test_an_object_cut_anywhere_is_parked(name: str) -> None:
    data = GOLDENS[name].rstrip()
    chance = random.Random(f"{SEED} {name}")
    for end in chance.sample(range(1, len(data)), min(20, len(data) - 1)):
        assert {one.outcome for one in checked(data[:end])} == {"parked"}


LIES: list[dict[str, Any]] = [
    {"quantity": "120.51"},
    {"movement": "deliver"},
    {"security": Security(scheme="SYMBOL", id="MSFT")},
    {"settled_on": "2026-03-05"},
    {"account": OURS[1]},
    {"kind": "settlement_reversed"},
]


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: next(iter(lie)))
@pytest.mark.parametrize("name", ["journal_receive", "activity_journal"])
def test_another_movement_would_be_seen(name: str, lie: dict[str, Any]) -> None:
    (reading,) = checked(GOLDENS[name])
    assert reading.confirmation is not None
    with pytest.raises(AssertionError):
        hold_against([dataclasses.replace(reading.confirmation, **lie)], objects(GOLDENS[name]), None)
