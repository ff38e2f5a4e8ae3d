"""A wrong call explains itself in one line on standard error, says what to do, and exits 2."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import CommandLine, environment, working

WITHOUT_RIGHTS = Path(__file__).with_name("without_rights.py")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nope"], "No such command 'nope'"),
        (["log", "nope"], "No such command 'nope'"),
        (["--nope"], "No such option"),
        (["read"], "Missing argument"),
        (["read", "--nope", "x"], "No such option"),
        (["demo", "--seed", "many"], "--seed"),
        (["demo", "--seed", "-1"], "--seed"),
        (["demo", "--chain", "bitcoin"], "--chain"),
        (["run", "--log-level", "loud"], "--log-level: 'loud' is none of debug, info, warning, error"),
        (["log", "show", "--from", "0"], "--from"),
        (["submit", "--sender", "two words", "x"], "'two words' is no sender's name; use letters"),
        (["submit", "--sender", "", "x"], "'' is no sender's name"),
        (["audit", "verify"], "Missing argument"),
        (["audit", "verify", "nowhere"], "nowhere"),
        (["audit", "export"], "--out"),
    ],
)
def test_a_wrong_call_says_what_is_wrong_in_one_line(
    tallystick: CommandLine, arguments: list[str], says: str
) -> None:
    assert says in tallystick(*arguments).refusal()
    assert list(tallystick.folder.iterdir()) == []


@pytest.mark.parametrize("group", [[], ["log"], ["audit"], ["schemas"]])
def test_a_call_without_a_command_shows_what_there_is_and_exits_2(
    tallystick: CommandLine, group: list[str]
) -> None:
    ran = tallystick(*group)
    assert ran.code == 2
    assert "Commands" in ran.out
    assert ran.err == "tallystick: Missing command. (tallystick --help shows what there is)\n"


@pytest.mark.parametrize("command", [["read"], ["submit"]])
def test_a_missing_file_and_a_folder_given_as_a_file_are_named(
    tallystick: CommandLine, command: list[str], created_log: Path
) -> None:
    data = ["--data", created_log] if command == ["submit"] else []
    (tallystick.folder / "folder").mkdir()
    good = tallystick.file("good", b"x")
    assert tallystick(*command, *data, good, "gone").refusal() == (
        "gone: No such file or directory; name a file that can be read"
    )
    assert tallystick(*command, *data, good, "folder").refusal() == (
        "folder: Is a directory; name a file that can be read"
    )


@pytest.mark.parametrize(
    "command",
    [["submit", "x"], ["log", "show"], ["state"], ["audit", "export", "--out", "export"]],
)
def test_where_there_is_no_log_nothing_is_created(tallystick: CommandLine, command: list[str]) -> None:
    tallystick.file("x", b"x")
    said = tallystick(*command, "--data", "empty").refusal()
    assert said == "there is no log in empty; `tallystick run --data empty` creates one"
    assert sorted(path.name for path in tallystick.folder.iterdir()) == ["x"]


def test_a_folder_that_is_a_file_is_named(tallystick: CommandLine) -> None:
    tallystick.file("x", b"x")
    assert tallystick("run", "--data", "x").refusal() == "x is no folder; name another folder with --data"
    assert "x/y" in tallystick("run", "--data", "x/y").refusal()
    assert "no log in x" in tallystick("log", "show", "--data", "x").refusal()


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "is empty, which a log never is"), (b"x" * 5000, "is not a log")],
)
def test_a_file_that_is_no_log_stays_as_it_is(tallystick: CommandLine, content: bytes, says: str) -> None:
    path = tallystick.file("log.sqlite", content)
    message = tallystick.file("message", b"x")
    for command in (["run"], ["submit", message], ["log", "show"], ["state"]):
        assert says in tallystick(*command, "--data", ".").refusal()
    assert path.read_bytes() == content


def test_a_book_that_does_not_exist_is_answered_with_those_that_do(
    tallystick: CommandLine, created_log: Path
) -> None:
    said = tallystick("log", "show", "--data", created_log, "--book", "ledger-9").refusal()
    assert "no book ledger-9; there are ledger-0, ledger-1" in said


def test_a_folder_in_use_is_refused_to_a_second_worker_and_open_to_everybody_else(
    tallystick: CommandLine, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    message = tallystick.file("message", b"x")
    with working(data) as worker:
        said = tallystick("run", "--data", data).refusal()
        assert f"{data} is in use by process {worker.process.pid} on " in said
        assert "stop it first, or name another folder" in said
        assert tallystick("submit", "--data", data, message).code == 1
        assert tallystick("log", "show", "--data", data).code == 0


def test_a_folder_without_rights_is_named(tmp_path: Path, created_log: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(created_log, data)
    message = tmp_path / "message"
    message.write_bytes(b"x")
    before = {path: path.stat().st_mtime_ns for path in data.rglob("*")}
    everything = [tmp_path, data, *data.rglob("*")]
    for path in everything:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        for arguments, says in (
            (["run", "--data", data], f"{data} cannot be owned: owner.lock: Permission denied"),
            (["submit", "--data", data, message], f"{data / 'log.sqlite'} may not be written"),
            (["run", "--data", tmp_path / "new"], "cannot be made: Permission denied; name another folder"),
        ):
            done = without_rights(arguments)
            assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
            assert says in done.stderr
        shown = without_rights(["log", "show", "--data", data, "--json"])
        assert (shown.returncode, shown.stderr) == (0, "")
    finally:
        for path in everything:
            path.chmod(0o755 if path.is_dir() else 0o644)
    assert {path: path.stat().st_mtime_ns for path in data.rglob("*")} == before


def without_rights(arguments: list[object]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, WITHOUT_RIGHTS, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=60,
        check=False,
    )
