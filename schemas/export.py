"""JSON Schemas of everything that stands on the log, generated from the code and committed.

    json/messages/<type>.v<version>.json              an inbox message, envelope and body
    json/events/<type>.v<version>.json                an event of a record
    json/dialects/<dialect>.<type>.v<version>.json    a file that people write

What is committed for a type and version never changes: a change of fields is a new version, in a new file.
Descriptions are words for people and may change.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter

from schemas.dialects import DIALECTS
from schemas.envelope import Evidence, Reader
from schemas.identifiers import Name
from schemas.instants import Instant
from schemas.messages import BODIES
from schemas.registry import EVENT_TYPES, body_adapter, event_adapter
from schemas.tagged import STRICT

FOLDER = Path(__file__).with_name("json")

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_WORDS = ("title", "description")

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """What the code says and what is committed, where they part.

    `missing`: the code has it, no file does. `changed`: a type and version has another shape. `stale`: only
    its words differ. `removed`: a file has it, the code does not.
    """

    kind: Literal["missing", "changed", "stale", "removed"]
    file: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Envelope:
    """What stands around every message's body; `reader` where it was read from evidence, else absent."""

    __pydantic_config__ = STRICT

    received_at: Instant
    sender: Name
    instrument: Name | None
    evidence: Evidence | None
    reader: Reader


def generated() -> dict[str, Schema]:
    """Return the schema of everything, by file name."""
    return dict(sorted(_all()))


def check(folder: Path = FOLDER) -> list[Difference]:
    """Return where the code and the committed schemas part; nothing where they agree."""
    now, committed = generated(), _committed(folder)
    found = [_difference(file, schema, committed.get(file)) for file, schema in now.items()]
    gone = [
        Difference("removed", file, "the code has it no more; logs that hold it could not be read")
        for file in sorted(committed.keys() - now.keys())
    ]
    return [each for each in found if each is not None] + gone


def export(folder: Path = FOLDER) -> list[Difference]:
    """Write what is missing and what has other words; return what must not be written and is left alone."""
    differences = check(folder)
    schemas = generated()
    for each in differences:
        if each.kind in ("missing", "stale"):
            file = folder / each.file
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(_text(schemas[each.file]), encoding="utf-8")
    return [each for each in differences if each.kind in ("changed", "removed")]


def _all() -> Iterator[tuple[str, Schema]]:
    for name, (version, _, _) in BODIES.items():
        yield f"messages/{name}.v{version}.json", _message(name, version)
    for (name, version), cls in EVENT_TYPES.items():
        yield f"events/{name}.v{version}.json", _plain(event_adapter(cls).json_schema())
    for (dialect, name), cls in DIALECTS.items():
        schema = _plain(TypeAdapter(cls).json_schema())
        version = schema["properties"]["v"]["const"]
        yield f"dialects/{dialect}.{name}.v{version}.json", schema


def _message(name: str, version: int) -> Schema:
    """Return the schema of a whole message: the envelope, with this type's body in it."""
    body = body_adapter(name).json_schema()
    envelope = TypeAdapter(_Envelope).json_schema()
    definitions = {**envelope.pop("$defs", {}), **body.pop("$defs", {})}
    envelope |= {
        "$defs": {**definitions, body["title"]: body},
        "title": name,
        "description": body.get("description", ""),
    }
    envelope["properties"] |= {
        "type": {"const": name, "type": "string"},
        "v": {"const": version, "type": "integer"},
        "body": {"$ref": f"#/$defs/{body['title']}"},
    }
    envelope["required"] = [key for key in envelope["properties"] if key != "reader"]
    return _plain(envelope)


def _plain(schema: Schema) -> Schema:
    """Return the schema as it stands on the log, where every object carries its own type and version."""
    for each in (schema, *schema.get("$defs", {}).values()):
        properties = each.get("properties", {})
        tags = [key for key in ("type", "v") if "const" in properties.get(key, {})]
        for key in tags:
            properties[key].pop("default", None)
        if tags or "required" in each:
            each["required"] = sorted({*each.get("required", ()), *tags})
    return {"$schema": _DRAFT, **schema}


def _difference(file: str, now: Schema, committed: Schema | None) -> Difference | None:
    if committed is None:
        return Difference("missing", file, "not committed yet: export it")
    if _shape(now) != _shape(committed):
        where = _first_difference(_shape(committed), _shape(now))
        return Difference("changed", file, f"its shape differs at {where}: a change needs a new version")
    if now != committed:
        return Difference("stale", file, "only its words differ: export it")
    return None


def _shape(schema: Any, *, names: bool = False) -> Any:  # noqa: ANN401 - any JSON value
    """Return a schema without its words; `names` where the keys are names of ours and not of JSON Schema."""
    if isinstance(schema, dict):
        return {
            key: _shape(value, names=not names and key in ("properties", "$defs"))
            for key, value in schema.items()
            if names or key not in _WORDS
        }
    return [_shape(each) for each in schema] if isinstance(schema, list) else schema


def _first_difference(one: Any, other: Any, where: str = "#") -> str:  # noqa: ANN401 - any JSON values
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            if one.get(key) != other.get(key):
                return _first_difference(one.get(key), other.get(key), f"{where}/{key}")
    return where


def _committed(folder: Path) -> dict[str, Schema]:
    files = sorted(folder.glob("*/*.json"))
    return {str(file.relative_to(folder)): json.loads(file.read_text(encoding="utf-8")) for file in files}


def _text(schema: Schema) -> str:
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
