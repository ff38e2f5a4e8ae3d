#!/usr/bin/env python3
"""Waits until Prometheus hears every target that is named and has every rule of /alerts.yaml.

It runs in the program's image, beside the services: python3 scraped.py TARGET...
"""

import json
import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

API = "http://prometheus:9090/api/v1"
RULES = Path("/alerts.yaml")
SECONDS_MAX = 180
LOOK_SECONDS = 1.0
ANSWER_SECONDS = 10


def _ask(path: str) -> Any:  # noqa: ANN401 - any JSON value
    with urllib.request.urlopen(f"{API}/{path}", timeout=ANSWER_SECONDS) as answer:  # noqa: S310 - our own
        return json.load(answer)["data"]


def _lacking(targets: list[str], rules: list[str]) -> Iterator[str]:
    """Yield what is not as it should be."""
    health = {each["labels"]["instance"]: each["health"] for each in _ask("targets")["activeTargets"]}
    for target in targets:
        if health.get(target) != "up":
            yield f"{target} is {health.get(target, 'no target')}"
    loaded = {rule["name"]: rule["health"] for group in _ask("rules")["groups"] for rule in group["rules"]}
    for rule in rules:
        if loaded.get(rule) != "ok":
            yield f"rule {rule} is {loaded.get(rule, 'not loaded')}"


def main() -> int:
    """Return 0 once nothing lacks, 1 with what does after a while."""
    targets = sys.argv[1:]
    rules = re.findall(r"^ +- alert: (\w+)$", RULES.read_text(encoding="utf-8"), re.MULTILINE)
    deadline = time.monotonic() + SECONDS_MAX
    while True:
        try:
            lacking = list(_lacking(targets, rules))
        except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
            lacking = [f"Prometheus does not answer: {error}"]
        if targets and rules and not lacking:
            sys.stdout.write(f"Prometheus hears {len(targets)} workers and has {len(rules)} alert rules\n")
            return 0
        if time.monotonic() > deadline:
            sys.stderr.write(f"after {SECONDS_MAX} s: {'; '.join(lacking) or 'no rules to look for'}\n")
            return 1
        time.sleep(LOOK_SECONDS)


sys.exit(main())
