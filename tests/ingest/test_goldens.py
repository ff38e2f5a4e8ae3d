"""Golden messages: our own, with what each one means written next to it by hand."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter

from schemas.confirmation import Confirmation, ReadingCode
from schemas.statement import Statement
from workers.ingest.printed import printed
from workers.ingest.profiles import Profile, Profiles
from workers.ingest.registry import READERS, read

FOLDER = Path(__file__).parent.parent / "golden"
GOLDENS = sorted(path for path in FOLDER.glob("*/*") if path.suffix != ".json" or path.stem.endswith(".in"))
KEYS = ["file", "index", "legs", "outcome", "dialect", "confirmation", "statement", "reason", "warnings"]

# Codes that only other dialects can give: announcements and lists.
OF_OTHER_DIALECTS = {"announcement", "transaction_list"}


def expectation_of(golden: Path) -> Path:
    """Return where the meaning stands: `a.xml` and `a.fin` have `a.json`, `a.in.json` has `a.json`."""
    return golden.with_name(golden.name.partition(".")[0] + ".json")


def expected_of(golden: Path) -> dict[str, Any]:
    return json.loads(expectation_of(golden).read_text("utf-8"))


def printed_of(golden: Path) -> list[dict[str, Any]]:
    expected = expected_of(golden)
    profiles = Profiles(
        tuple(
            Profile(name=one["name"], accounts=tuple(one["accounts"]), reversals=one.get("reversals"))
            for one in expected["profiles"]
        )
    )
    readings = read(golden.read_bytes(), profiles=profiles, lenient=expected["lenient"])
    assert all(READERS[reading.reader] == reading.reader_version for reading in readings)
    lines = [printed(reading, file=golden.name, index=index) for index, reading in enumerate(readings)]
    return json.loads(json.dumps(lines))


@pytest.mark.parametrize(
    "golden", GOLDENS, ids=lambda path: f"{path.parent.name}/{path.name.partition('.')[0]}"
)
def test_a_golden_message_means_what_stands_next_to_it(golden: Path) -> None:
    lines = printed_of(golden)
    for line in lines:
        assert list(line) == KEYS
        if line["reason"] is not None:
            sentence = line["reason"].pop("text")
            assert sentence.endswith((".", "?")), sentence
            assert "fault of the program" not in sentence
    assert lines == expected_of(golden)["readings"]


@pytest.mark.parametrize(
    "golden", GOLDENS, ids=lambda path: f"{path.parent.name}/{path.name.partition('.')[0]}"
)
def test_a_golden_message_has_the_shape_that_the_log_takes(golden: Path) -> None:
    adapters = {"confirmation": TypeAdapter(Confirmation), "statement": TypeAdapter(Statement)}
    for line in printed_of(golden):
        for name, adapter in adapters.items():
            if line[name] is not None:
                adapter.validate_python(line[name], strict=False)


def test_every_reason_that_these_messages_can_give_has_a_golden_message() -> None:
    seen = {
        line["reason"]["code"]
        for golden in GOLDENS
        for line in expected_of(golden)["readings"]
        if line["reason"] is not None
    }
    assert seen == set(get_args(ReadingCode)) - OF_OTHER_DIALECTS


def test_every_golden_message_has_its_expectation_and_no_expectation_is_left_over() -> None:
    inputs = set(GOLDENS)
    expectations = sorted(path for path in FOLDER.glob("*/*.json") if path not in inputs)
    assert expectations == sorted(map(expectation_of, GOLDENS))
