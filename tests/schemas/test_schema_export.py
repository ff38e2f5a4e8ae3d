"""The committed schemas: what the code says and what stands on logs cannot part unnoticed."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from generated_values import valid_fields
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import schemas
from schemas import canonical
from schemas.dialects import DIALECTS
from schemas.events import EVENTS
from schemas.export import FOLDER, Difference, check, export, generated
from schemas.messages import BODIES
from schemas.tagged import type_name, version_of

SCHEMAS = generated()
PACKAGE = Path(schemas.__file__).parent
ASK = """
import json, sys
from pathlib import Path
import schemas
from schemas.export import check, export
assert Path(schemas.__file__).is_relative_to(Path(sys.argv[1])), schemas.__file__
found = export() if sys.argv[2] == "export" else check()
print(json.dumps([[each.kind, each.file, each.text] for each in found]))
"""


class Copy:
    """A copy of the package with its committed schemas, to be changed and asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PACKAGE, folder / "schemas", ignore=ignored)
        shutil.rmtree(folder / "schemas" / "json", ignore_errors=True)
        export(folder / "schemas" / "json")

    def change(self, file: str, old: str, new: str) -> None:
        path = self.folder / "schemas" / file
        text = path.read_text()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new))

    def ask(self, what: str = "check") -> list[tuple[str, str]]:
        answer = subprocess.run(
            [sys.executable, "-c", ASK, self.folder, what],
            cwd=self.folder,
            env={"PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode == 0, answer.stderr
        return [(kind, file) for kind, file, _ in json.loads(answer.stdout)]


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


HOLD = "events/hold_placed.v1.json"
HOLD_FIELDS = """    hold: Digest
    instrument: Name
    reason: HoldReason
"""


def test_the_committed_schemas_are_what_the_code_says() -> None:
    assert check(FOLDER) == []


def test_everything_on_the_log_has_a_schema() -> None:
    files = set(generated())
    assert files == {
        *(f"messages/{name}.v{version}.json" for name, (version, _, _) in BODIES.items()),
        *(f"events/{type_name(cls)}.v{version_of(cls)}.json" for cls in EVENTS),
        *(f"dialects/{dialect}.{name}.v1.json" for dialect, name in DIALECTS),
    }


def test_every_schema_is_a_schema_and_says_its_type_and_version() -> None:
    for file, schema in generated().items():
        Draft202012Validator.check_schema(schema)
        name, version = file.removesuffix(".json").rsplit("/", 1)[1].rsplit(".v", 1)
        assert name.endswith(schema["properties"]["type"]["const"])
        assert schema["properties"]["v"]["const"] == int(version)
        assert {"type", "v"} <= set(schema["required"])


@pytest.mark.parametrize("cls", EVENTS, ids=type_name)
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_an_event_as_stored_fits_its_schema(cls: type, data: st.DataObject) -> None:
    value = data.draw(valid_fields(cls))
    validator = Draft202012Validator(SCHEMAS[f"events/{type_name(cls)}.v{version_of(cls)}.json"])
    assert list(validator.iter_errors(canonical.decode(canonical.encode(value)))) == []
    assert list(validator.iter_errors({**value, "zzz": 1}))
    assert list(validator.iter_errors({key: each for key, each in value.items() if key != "v"}))


def test_exporting_twice_changes_nothing(tmp_path: Path) -> None:
    assert {each.kind for each in check(tmp_path)} == {"missing"}
    assert export(tmp_path) == []
    before = {file: file.read_bytes() for file in tmp_path.rglob("*.json")}
    assert export(tmp_path) == check(tmp_path) == []
    assert {file: file.read_bytes() for file in tmp_path.rglob("*.json")} == before


def test_a_copy_that_was_not_changed_agrees(copy: Copy) -> None:
    assert copy.ask() == []


@pytest.mark.parametrize(
    "new",
    [
        HOLD_FIELDS + "    further: Name\n",
        HOLD_FIELDS.replace("    instrument: Name\n", ""),
        HOLD_FIELDS.replace("instrument: Name", "instrument: Name | None"),
        HOLD_FIELDS.replace("hold: Digest", "hold: Name"),
    ],
)
def test_a_changed_event_without_a_new_version_fails(copy: Copy, new: str) -> None:
    copy.change("events/holds.py", HOLD_FIELDS, new)
    assert copy.ask() == [("changed", HOLD)]


def test_exporting_does_not_paint_over_a_changed_event(copy: Copy) -> None:
    copy.change("events/holds.py", HOLD_FIELDS, HOLD_FIELDS.replace("instrument: Name", "symbol: Name"))
    assert copy.ask("export") == [("changed", HOLD)]
    assert copy.ask() == [("changed", HOLD)]


def test_a_change_in_what_events_share_fails_for_each_of_them(copy: Copy) -> None:
    copy.change("house.py", "mint_attempts_max: Count\n", "mint_attempts_max: Seconds\n")
    assert {file for kind, file in copy.ask() if kind == "changed"} >= {
        "events/house_rule_decided.v1.json",
        "events/house_rule_applied.v1.json",
        "messages/genesis.v1.json",
    }


def test_a_further_code_is_a_change(copy: Copy) -> None:
    copy.change("events/holds.py", '"message_set_aside",', '"message_set_aside", "because",')
    assert copy.ask() == [("changed", HOLD)]


def test_a_new_version_is_a_new_file_and_the_old_one_is_reported_where_its_class_is_gone(copy: Copy) -> None:
    copy.change("events/holds.py", "@tagged()\nclass HoldPlaced", "@tagged(2)\nclass HoldPlaced")
    copy.change("events/holds.py", HOLD_FIELDS, HOLD_FIELDS + "    further: Name\n")
    new = "events/hold_placed.v2.json"
    assert copy.ask() == [("missing", new), ("removed", HOLD)]
    assert copy.ask("export") == [("removed", HOLD)]
    assert (copy.folder / "schemas" / "json" / new).exists()


def test_a_type_that_is_gone_is_reported(copy: Copy) -> None:
    copy.change("events/__init__.py", "    SightingRepeated,\n)\n", ")\n")
    assert copy.ask() == [("removed", "events/sighting_repeated.v1.json")]


def test_other_words_are_stale_and_can_be_written(copy: Copy) -> None:
    copy.change(
        "events/holds.py",
        '"""Its owner released the hold, or two operators did; others stand."""',
        '"""Gone."""',
    )
    assert copy.ask() == [("stale", "events/hold_released.v1.json")]
    assert copy.ask("export") == []
    assert copy.ask() == []


def test_a_field_that_is_named_like_a_word_of_the_schema_still_counts(tmp_path: Path) -> None:
    export(tmp_path)
    file = tmp_path / HOLD
    schema = json.loads(file.read_text())
    schema["properties"]["description"] = {"type": "string"}
    file.write_text(json.dumps(schema))
    assert [(each.kind, each.file) for each in check(tmp_path)] == [("changed", HOLD)]


def test_a_difference_says_where(tmp_path: Path) -> None:
    export(tmp_path)
    file = tmp_path / HOLD
    schema = json.loads(file.read_text())
    schema["properties"]["text"]["maxLength"] = 1999
    file.write_text(json.dumps(schema))
    assert check(tmp_path) == [
        Difference(
            "changed",
            HOLD,
            "its shape differs at #/properties/text/maxLength: a change needs a new version",
        )
    ]
