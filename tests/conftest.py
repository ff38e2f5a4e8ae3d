"""Skipped tests are listed (`-ra`), counted, and a failure in CI where everything that they need is there."""

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    terminalreporter.write_line(f"{len(skipped)} skipped")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or exitstatus != pytest.ExitCode.OK or not os.environ.get("CI"):
        return
    if SHARED.is_dir() and reporter.stats.get("skipped"):
        reporter.write_line("a test was skipped in CI, where ../shared is there: that is a failure")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
