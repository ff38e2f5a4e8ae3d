"""Help is complete at every level: each command and each option says what it does."""

import subprocess
import sys
import sysconfig
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import typer
from command_line import TALLYSTICK, CommandLine, environment

from workers.cli.application import app


def commands(command: Any, names: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Return every command and group by the words that name it."""
    found = {names: command}
    for name, each in getattr(command, "commands", {}).items():
        found |= commands(each, (*names, name))
    return found


COMMANDS = commands(typer.main.get_command(app))
CONTRACT = (
    ("demo",),
    ("run",),
    ("read",),
    ("submit",),
    ("log", "show"),
    ("state",),
    ("audit", "export"),
    ("audit", "verify"),
    ("audit", "replay"),
    ("schemas", "export"),
    ("schemas", "check"),
)


def test_every_command_of_the_contract_is_there() -> None:
    assert set(CONTRACT) <= COMMANDS.keys()


@pytest.mark.parametrize("names", COMMANDS, ids=" ".join)
def test_help_says_what_a_command_and_each_of_its_options_do(
    tallystick: CommandLine, names: tuple[str, ...]
) -> None:
    ran = tallystick(*names, "--help", variables={"COLUMNS": "200"})
    assert (ran.code, ran.err) == (0, "")
    command = COMMANDS[names]
    shown = " ".join(ran.out.replace("│", " ").split())
    assert command.help, f"{names} has no help"
    assert " ".join(command.help.split())[:60] in shown
    for parameter in command.params:
        assert parameter.help, f"{names} {parameter.name} has no help"
        assert " ".join(parameter.help.split())[:40] in shown
        assert all(option in shown for option in parameter.opts if option.startswith("--"))
    for name, each in getattr(command, "commands", {}).items():
        assert name in shown
        assert each.get_short_help_str()


def test_the_version_is_that_of_the_installed_program(tallystick: CommandLine) -> None:
    ran = tallystick("--version")
    assert (ran.code, ran.out, ran.err) == (0, version("tallystick") + "\n", "")


def test_the_installed_command_and_the_module_are_the_same_program() -> None:
    installed = Path(sysconfig.get_path("scripts")) / "tallystick"
    assert installed.parent == Path(sys.executable).parent
    for command in ([str(installed)], TALLYSTICK):
        done = subprocess.run(
            [*command, "--version"],
            capture_output=True,
            text=True,
            env=environment(),
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, version("tallystick") + "\n", "")
