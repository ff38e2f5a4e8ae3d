"""The architecture of DESIGN section 9, read off the import statements; each rule is tried on a violation."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LINES_MAX = 400
LINES_WORTH_A_LOOK = 200

# What each part may import of ours besides itself. What is not listed joins the parts (commands, bootstrap,
# demo, ...) and may import anything that is listed; nothing that is listed may import it.
MAY_IMPORT: dict[str, set[str]] = {
    "schemas": set(),
    "workers.core": {"schemas"},
    "workers.log": {"schemas"},
    "workers.ingest": {"schemas"},
    "workers.chains": {"schemas"},
    "workers.loop": {"schemas", "workers.log"},
    "workers.counts": set(),
    "workers.runner": {"schemas", "workers.counts", "workers.log", "workers.loop"},
    "workers.relay": {"schemas", "workers.core", "workers.log", "workers.loop", "workers.runner"},
    "workers.snapshots": {"schemas", "workers.log", "workers.loop"},
    "workers.settlement": {
        "schemas",
        "workers.core",
        "workers.log",
        "workers.loop",
        "workers.relay",
        "workers.runner",
        "workers.snapshots",
    },
    "workers.operations": {"schemas", "workers.chains"},
    "workers.watched": {"schemas"},
    "workers.authorizations": {"schemas", "workers.log", "workers.operations", "workers.watched"},
    "workers.feeds": {"schemas", "workers.chains", "workers.core"},
    "workers.sightings": {"schemas"},
    "workers.observer": {"schemas", "workers.chains", "workers.core"},
    "workers.executor": {
        "schemas",
        "workers.authorizations",
        "workers.chains",
        "workers.core",
        "workers.feeds",
        "workers.log",
        "workers.loop",
        "workers.observer",
        "workers.operations",
        "workers.runner",
        "workers.sightings",
    },
    "workers.copying": {"workers.log"},
    "workers.restoring": {"workers.audit", "workers.log"},
    "workers.topics": {"schemas", "workers.log"},
    "workers.house_view": {"schemas", "workers.core", "workers.log"},
    "workers.ledger_view": {"schemas", "workers.core", "workers.log"},
    "workers.intake": {"schemas", "workers.house_view", "workers.ingest", "workers.log"},
    # The audit decides again, so it needs what turns an inbox's bytes into the decider's input.
    "workers.audit": {"schemas", "workers.core", "workers.ingest", "workers.log"},
}

# Inside the core: what holds decisions to account uses none of them.
INVARIANTS = "workers.core.invariants"
DECISIONS = ("workers.core.ledger", "workers.core.transactions")

PURE_MODULES = {
    "base64",
    "bisect",
    "collections",
    "collections.abc",
    "dataclasses",
    "enum",
    "fractions",
    "functools",
    "heapq",
    "itertools",
    "operator",
    "typing",
}
# `hash` and `id` differ from one process to the next; the others are clocks, chance, input and output.
IMPURE_CALLS = {
    *(
        "open",
        "print",
        "input",
        "exec",
        "eval",
        "compile",
        "__import__",
        "hash",
        "id",
        "globals",
        "breakpoint",
    ),
}
FLOATS = {"float", "complex"}
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc", "base_utils"}


@dataclass(frozen=True)
class Module:
    """One file of ours: its dotted name, its syntax tree, what it imports."""

    name: str
    package: str
    lines: int
    tree: ast.Module

    @property
    def imports(self) -> Iterator[str]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self.absolute(node)
                yield base
                yield from (f"{base}.{alias.name}" for alias in node.names)

    def absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        above = self.package.split(".")[: len(self.package.split(".")) + 1 - node.level]
        return ".".join([*above, *([node.module] if node.module else [])])


Rule = Callable[[dict[str, Module]], Iterator[str]]


def modules_of(root: Path) -> dict[str, Module]:
    found = {}
    for file in sorted([*root.glob("schemas/**/*.py"), *root.glob("workers/**/*.py")]):
        parts = file.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        text = file.read_text(encoding="utf-8")
        found[name] = Module(name, ".".join(parts[:-1]), len(text.splitlines()), ast.parse(text))
    return found


def within(name: str, part: str) -> bool:
    return name == part or name.startswith(part + ".")


def part_of(name: str) -> str:
    """Return the part that a module belongs to: the longest that the table lists, else its own package."""
    listed = [part for part in MAY_IMPORT if within(name, part)]
    return max(listed, key=len) if listed else ".".join(name.split(".")[:2])


def is_ours(name: str) -> bool:
    return within(name, "schemas") or within(name, "workers")


def direction(modules: dict[str, Module]) -> Iterator[str]:
    """Each part imports only what the table lets it."""
    for module in modules.values():
        part = part_of(module.name)
        if part not in MAY_IMPORT:
            continue
        for imported in sorted(set(module.imports)):
            other = part_of(imported)
            if imported != "workers" and is_ours(imported) and other not in {part, *MAY_IMPORT[part]}:
                yield f"{module.name} imports {imported}: {part} may not know {other}"


def invariants_apart(modules: dict[str, Module]) -> Iterator[str]:
    """Invariants import neither decide nor evolve."""
    for module in modules.values():
        if within(module.name, INVARIANTS):
            for imported in sorted(set(module.imports)):
                if any(within(imported, each) for each in DECISIONS):
                    yield f"{module.name} imports {imported}: it would check decisions by themselves"


def core_is_pure(modules: dict[str, Module]) -> Iterator[str]:
    """The core has no clock, chance, input, output, logging or floats."""
    for module in modules.values():
        if within(module.name, "workers.core"):
            for node in ast.walk(module.tree):
                for what in _impurities(node):
                    yield f"{module.name}:{getattr(node, 'lineno', 0)} {what}"


def _impurities(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
        yield f"has the float {node.value}"
    if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
        yield "divides into floats"
    if isinstance(node, ast.Name) and node.id in FLOATS:
        yield f"uses {node.id}"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS:
        yield f"calls {node.func.id}"
    for name in _imported_modules(node):
        if not is_ours(name) and name not in PURE_MODULES:
            yield f"imports {name}, which is not among the pure ones"


def _imported_modules(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [node.module or ""]
    return []


CLIENTS: dict[str, tuple[str, ...]] = {
    "faust": ("workers.stream",),
    "mode": ("workers.stream",),
    "aiokafka": ("workers.log.kafka", "workers.stream"),
    "kafka": ("workers.topics",),
    "opentelemetry": ("workers.tracing",),
    "prometheus_client": ("workers.metrics",),
}


def clients_in_their_places(modules: dict[str, Module]) -> Iterator[str]:
    """Faust and Kafka's clients are imported where they belong, and nowhere else."""
    for module in modules.values():
        for imported in sorted(set(module.imports)):
            places = CLIENTS.get(imported.split(".")[0])
            if places is not None and not any(within(module.name, place) for place in places):
                yield f"{module.name} imports {imported}: only {' and '.join(places)} may"


def named_for_what_it_is(modules: dict[str, Module]) -> Iterator[str]:
    """No module is a drawer."""
    for name in modules:
        if set(name.split(".")) & VAGUE_NAMES:
            yield f"{name} says nothing about what is in it"


def documented(modules: dict[str, Module]) -> Iterator[str]:
    """Every module says what it is for."""
    for module in modules.values():
        if not (ast.get_docstring(module.tree) or "").strip():
            yield f"{module.name} has no docstring"


def short(modules: dict[str, Module]) -> Iterator[str]:
    """No file is too long to be read whole."""
    for module in modules.values():
        if module.lines > LINES_MAX:
            yield f"{module.name} has {module.lines} lines; {LINES_MAX} are the most"


def without_cycles(modules: dict[str, Module]) -> Iterator[str]:
    """No module imports itself by way of others."""
    graph = {
        name: {each for each in _needed(module, modules) if each in modules and each != name}
        for name, module in modules.items()
    }
    done: set[str] = set()
    for start in graph:
        yield from _cycles(graph, start, [], done)


def _needed(module: Module, modules: dict[str, Module]) -> Iterator[str]:
    """Yield the modules that it needs: of a package, what it takes from there, where that is a module."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom):
            base = module.absolute(node)
            inner = [f"{base}.{alias.name}" for alias in node.names]
            yield from (each if each in modules else base for each in inner)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def _cycles(graph: dict[str, set[str]], name: str, path: list[str], done: set[str]) -> Iterator[str]:
    if name in path:
        yield " imports ".join([*path[path.index(name) :], name])
    elif name not in done:
        for imported in sorted(graph[name]):
            yield from _cycles(graph, imported, [*path, name], done)
        done.add(name)


RULES: tuple[Rule, ...] = (
    direction,
    invariants_apart,
    core_is_pure,
    clients_in_their_places,
    named_for_what_it_is,
    documented,
    short,
    without_cycles,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_code_keeps_the_rule(rule: Rule) -> None:
    assert list(rule(modules_of(ROOT))) == []


def test_there_is_code_to_look_at() -> None:
    modules = modules_of(ROOT)
    assert {"schemas.canonical", "workers.core.ledger.minting", "workers.loop"} <= modules.keys()
    missing = [part for part in MAY_IMPORT if not any(within(name, part) for name in modules)]
    assert missing == [], "the table lists what is not there"
    for module in modules.values():
        if module.lines > LINES_WORTH_A_LOOK:
            print(f"{module.name} has {module.lines} lines")


def planted(root: Path, files: dict[str, str]) -> dict[str, Module]:
    for file, text in files.items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(text)
    return modules_of(root)


GOOD = {
    "schemas/amounts.py": '"""Amounts."""\nimport re\nfrom schemas import canonical\n',
    "schemas/canonical.py": '"""Canonical."""\n',
    "workers/core/ledger/__init__.py": '"""Ledger."""\nfrom workers.core import ids\nHALF = 1 // 2\n',
    "workers/core/ids.py": '"""Ids."""\nfrom typing import Any\nfrom schemas.amounts import text\n',
    "workers/loop.py": '"""Loop."""\nfrom workers.log import rule\n',
    "workers/log/rule.py": '"""Rule."""\nimport os\nTIMEOUT_SECONDS = 1.5\n',
    "workers/cli.py": '"""Commands."""\nfrom workers import loop\nfrom workers.core import ledger\n',
    "workers/stream/life.py": '"""Life."""\nimport faust\n',
}


def test_code_that_keeps_every_rule_is_left_alone(tmp_path: Path) -> None:
    modules = planted(tmp_path, GOOD)
    assert [finding for rule in RULES for finding in rule(modules)] == []


@pytest.mark.parametrize(
    ("rule", "file", "text"),
    [
        (direction, "schemas/words.py", "from workers.core import ids"),
        (direction, "schemas/words.py", "import workers.log.rule"),
        (direction, "workers/core/ids.py", "from workers.log import rule"),
        (direction, "workers/core/ids.py", "from workers import loop"),
        (direction, "workers/core/ids.py", "import workers.cli"),
        (direction, "workers/core/ledger/lots.py", "from ...log import rule"),
        (direction, "workers/log/rule.py", "from workers.core.ids import derive"),
        (direction, "workers/log/rule.py", "from workers.ingest import reading"),
        (direction, "workers/ingest/reading.py", "from workers.chains import base"),
        (direction, "workers/chains/base.py", "from workers.log.engine import Engine"),
        (direction, "workers/chains/base.py", "def late():\n    from workers.log import engine"),
        (direction, "workers/loop.py", "from workers.settlement import Settlement"),
        (direction, "workers/loop.py", "from workers import runner"),
        (direction, "workers/runner.py", "from workers.executor import Executor"),
        (direction, "workers/settlement.py", "from workers.executor import Executor"),
        (direction, "workers/executor.py", "from workers.settlement import Settlement"),
        (direction, "workers/executor.py", "from workers.bootstrap import begin"),
        (direction, "workers/settlement.py", "from workers.cli import main"),
        (direction, "workers/audit/verify.py", "from workers.chains import base"),
        (invariants_apart, "workers/core/invariants/facts.py", "from workers.core.ledger.state import State"),
        (invariants_apart, "workers/core/invariants/facts.py", "from workers.core import ledger"),
        (invariants_apart, "workers/core/invariants/facts.py", "from ..transactions import decide"),
        *(
            (core_is_pure, "workers/core/x.py", f"import {name}")
            for name in ("os", "random", "time", "logging")
        ),
        *((core_is_pure, "workers/core/x.py", f"import {name}") for name in ("io", "structlog", "decimal")),
        (core_is_pure, "workers/core/x.py", "from datetime import datetime"),
        (core_is_pure, "workers/core/x.py", "import secrets as fractions"),
        (core_is_pure, "workers/core/x.py", "HALF = 0.5"),
        (core_is_pure, "workers/core/x.py", "def half(a):\n    return a / 2"),
        (core_is_pure, "workers/core/x.py", "def half(a):\n    a /= 2"),
        (core_is_pure, "workers/core/x.py", "def amount(a):\n    return float(a)"),
        (core_is_pure, "workers/core/x.py", "def amount(a: float): ..."),
        (core_is_pure, "workers/core/x.py", "def key(a):\n    return hash(a)"),
        (core_is_pure, "workers/core/x.py", "def say(a):\n    print(a)"),
        (core_is_pure, "workers/core/x.py", "def read(a):\n    return open(a)"),
        (clients_in_their_places, "workers/settlement.py", "import faust"),
        (clients_in_their_places, "workers/loop.py", "from faust.types import Message"),
        (clients_in_their_places, "workers/log/sqlite/engine.py", "import aiokafka"),
        (clients_in_their_places, "workers/log/kafka/engine.py", "from kafka import KafkaConsumer"),
        (named_for_what_it_is, "workers/utils.py", "A = 1"),
        (named_for_what_it_is, "workers/core/helpers/lots.py", "A = 1"),
        (named_for_what_it_is, "schemas/manager.py", "A = 1"),
        (short, "workers/loop.py", "\n" * (LINES_MAX + 1)),
        (without_cycles, "workers/core/ids.py", "from workers.core.ledger import HALF"),
        (without_cycles, "workers/log/rule.py", "def late():\n    from workers.loop import Loop"),
        (without_cycles, "schemas/canonical.py", "import schemas.amounts"),
    ],
)
def test_a_violation_is_found(tmp_path: Path, rule: Rule, file: str, text: str) -> None:
    modules = planted(tmp_path, {**GOOD, file: f'"""Planted."""\n{text}\n'})
    assert list(rule(modules)), "the rule does not see it"


@pytest.mark.parametrize("text", ["", "A = 1\n", "# A comment.\n", '""""""\n', '"   "\n'])
def test_a_module_without_a_docstring_is_found(tmp_path: Path, text: str) -> None:
    assert list(documented(planted(tmp_path, {**GOOD, "workers/log/new.py": text})))
