"""The dashboard and the alert rules name what workers really expose, and promtool finds nothing wrong."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.observability.desk import Desk, deficit, hold
from tests.observability.scrape import Scrape, Watched

# isort: split
from executor_world import World

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "infra/prometheus/alerts.yaml"
CONFIG = ROOT / "infra/prometheus/prometheus.yaml"
TRIED = Path(__file__).with_name("alerts.yaml")
DASHBOARD = ROOT / "infra/grafana/tallystick.json"
RUNBOOK = ROOT / "docs/alerts.md"
NAME = re.compile(r"\btallystick_[a-z_]+\b")
PARTS = {"histogram": ("_bucket", "_count", "_sum"), "counter": ("_total",)}


@pytest.fixture(scope="module")
def exposed() -> Scrape:
    """Scrape a ledger book with something of everything in it, and a signing account."""
    world = World()
    world.authorize()
    hand = world.executor(world.node())
    hand.rounds(world, 3)
    desk = Desk(deficit("2", "AAPLx"), hold(1)).owning()
    of_account = Watched(world.engine, world.clock, hand.executor)
    of_ledger = desk.now()
    of_ledger.add(of_account.now())
    return of_ledger


def in_panels(dashboard: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each panel's title and expression."""
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]


@pytest.fixture(scope="module")
def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    return found


def alerts() -> dict[str, str]:
    """Return the text of each rule by the alert's name."""
    blocks = re.split(r"^ +- alert: ", ALERTS.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {block.split("\n", 1)[0].strip(): block for block in blocks}


def labels_named(expression: str) -> set[str]:
    grouped = re.findall(r"\b(?:by|on) \(([^)]*)\)", expression)
    matched = re.findall(r"([a-z_]+)(?:=~|!~|!=|=)\"", expression)
    return {each.strip() for group in grouped for each in group.split(",")} | set(matched)


def test_every_metric_of_the_dashboard_is_exposed(exposed: Scrape, dashboard: dict[str, Any]) -> None:
    named = {(title, name) for title, text in in_panels(dashboard) for name in NAME.findall(text)}
    assert named
    assert {each for each in named if each[1] not in exposed.names()} == set()


def test_every_metric_that_is_exposed_is_on_the_dashboard(exposed: Scrape, dashboard: dict[str, Any]) -> None:
    shown = {name for _, text in in_panels(dashboard) for name in NAME.findall(text)}
    families = {
        name: {name, *(name + part for part in PARTS.get(family.type, ()))}
        for name, family in exposed.families.items()
        if name.startswith("tallystick_")
    }
    assert families
    assert {name for name, series in families.items() if not series & shown} == set()


def test_every_metric_of_an_alert_is_exposed(exposed: Scrape) -> None:
    named = {(alert, name) for alert, text in alerts().items() for name in NAME.findall(text)}
    assert named
    assert {each for each in named if each[1] not in exposed.names()} == set()


def test_labels_that_expressions_name_are_those_of_the_metrics(exposed: Scrape) -> None:
    known = {"role", "job", "instance", "le"} | {
        label
        for name in exposed.names()
        for labels in exposed.labels(name.removeprefix("tallystick_"))
        for label in labels
    }
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    expressions = [text for _, text in in_panels(dashboard)]
    expressions += [text.split("labels:")[0] for text in alerts().values()]
    assert {label for text in expressions for label in labels_named(text)} <= known


def test_panels_are_apart_and_numbered_once(dashboard: dict[str, Any]) -> None:
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        area = {(at["x"] + dx, at["y"] + dy) for dx in range(at["w"]) for dy in range(at["h"])}
        assert not area & taken, panel["title"]
        assert all(x < 24 for x, _ in area), panel["title"]
        taken |= area


def test_every_alert_says_what_it_is_and_has_its_page_for_three_in_the_morning() -> None:
    headings = re.findall(r"^## (Tallystick\w+)$", RUNBOOK.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert headings == list(alerts())
    for alert, text in alerts().items():
        assert re.search(r"^ +summary: \S", text, flags=re.MULTILINE), alert
        assert re.search(rf"^ +runbook: docs/alerts.md#{alert.lower()}$", text, flags=re.MULTILINE), alert
        assert re.search(r"severity: (page|ticket)\b", text), alert


def test_every_alert_is_tried_with_what_fires_it_and_with_what_does_not() -> None:
    blocks = re.split(r"^ +- name: ", TRIED.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    fired: dict[str, bool] = dict.fromkeys(alerts(), False)
    quiet: dict[str, bool] = dict.fromkeys(alerts(), False)
    for block in blocks:
        for alert in re.findall(r"alertname: (\w+)", block):
            fired[alert] |= "exp_labels" in block
            quiet[alert] |= f"alertname: {alert}, exp_alerts: []" in block or block.count("{series:") > 1
    assert [alert for alert in alerts() if not (fired[alert] and quiet[alert])] == []


@pytest.fixture(scope="module")
def promtool() -> str:
    found = shutil.which("promtool", path=None) or shutil.which(ROOT / ".cache/promtool/promtool")
    if found is None:
        pytest.skip("no promtool here: make promtool")
    return str(found)


@pytest.mark.parametrize(
    "arguments",
    [("check", "rules", ALERTS), ("check", "config", CONFIG), ("test", "rules", TRIED)],
    ids=lambda arguments: "-".join(map(str, arguments[:2])),
)
def test_promtool_finds_nothing_wrong(promtool: str, arguments: tuple[object, ...]) -> None:
    done = subprocess.run(
        [promtool, *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
