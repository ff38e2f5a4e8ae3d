"""What goes where: results on standard output, one JSON object a line where asked, everything else apart."""

import json
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from command_line import SECONDS_MAX, TALLYSTICK, CommandLine, environment

from workers.demo.market import CUSTODIANS
from workers.demo.movement import Movement
from workers.demo.sese import told as sese025

GOLDENS = Path(__file__).parent.parent / "golden"
MOVEMENT = Movement(
    custodian=CUSTODIANS[0],
    account="ACCOUNT-é",
    isin="US0378331005",
    quantity="100.50",
    message_id="MESSAGE-1",
    transaction="T1",
    reference="REFERENCE",
)
GOOD = sese025(MOVEMENT, Random(1))
REQUEST = json.dumps(
    {
        "dialect": "tallystick.request",
        "v": 1,
        "type": "issuance",
        "client": "atlas",
        "client_request_id": "1",
        "instrument": "AAPLx",
        "shares": "10",
        "chain": "ethereum",
        "wallet": "0x1",
    }
)


def test_read_exits_0_when_everything_is_understood_and_prints_one_object_for_each_message(
    tallystick: CommandLine,
) -> None:
    one = tallystick.file("one.xml", GOOD)
    two = tallystick.file("two.jsonl", REQUEST + "\n" + REQUEST.replace('"1"', '"2"') + "\n")
    ran = tallystick("read", "--json", one, two)
    assert (ran.code, ran.err) == (0, "")
    found = ran.objects()
    keys = {"file", "index", "legs", "outcome", "dialect", "confirmation", "statement", "reason", "warnings"}
    assert all(set(each) == keys for each in found)
    assert [(each["file"], each["index"], each["outcome"]) for each in found] == [
        (str(one), 0, "confirmation"),
        (str(two), 0, "information"),
        (str(two), 1, "information"),
    ]
    assert found[0]["confirmation"]["quantity"] == "100.5"
    assert found[0]["confirmation"]["account"] == "ACCOUNT-é"
    assert found[0]["confirmation"]["servicer"] == "NORBUS33"


def test_read_exits_1_when_anything_is_parked_and_still_prints_the_rest(tallystick: CommandLine) -> None:
    files = [tallystick.file("bad", b"?"), tallystick.file("good.xml", GOOD)]
    ran = tallystick("read", "--json", *files)
    assert (ran.code, ran.err) == (1, "")
    assert [each["outcome"] for each in ran.objects()] == ["parked", "confirmation"]
    readable = tallystick("read", *files)
    assert (readable.code, readable.err) == (1, "")
    assert "not_a_message: " in readable.out
    assert "quantity: 100.5" in readable.out


@pytest.mark.parametrize(
    "name", ["mt/statement_of_several_accounts.fin", "iso20022/statement_of_several_accounts.xml"]
)
def test_read_prints_what_each_account_of_a_statement_holds(name: str, tallystick: CommandLine) -> None:
    path = tallystick.file("statement", (GOLDENS / name).read_bytes())
    ran = tallystick("read", "--json", path)
    assert (ran.code, ran.err) == (0, "")
    found = ran.objects()
    assert {(each["outcome"], each["confirmation"], each["reason"]) for each in found} == {
        ("statement", None, None)
    }
    assert [(each["index"], each["legs"]) for each in found] == [(n, len(found)) for n in range(len(found))]
    keys = [
        "servicer",
        "account",
        "statement_id",
        "page",
        "last_page",
        "as_of",
        "complete",
        "basis",
        "balances",
    ]
    assert all(list(each["statement"]) == keys for each in found)
    held = {each["statement"]["account"]: each["statement"]["balances"] for each in found}
    security = {"scheme": "ISIN", "id": "US1912161007"}
    assert held["SK-900123"] == [{"security": security, "quantity": "3", "available": None}]
    assert held["SK-900123-C"] == []
    readable = tallystick("read", path)
    assert (readable.code, readable.err) == (0, "")
    assert "balances: ISIN US1912161007 3" in readable.out


def test_lenient_accepts_a_wrong_check_digit_and_says_so(tallystick: CommandLine) -> None:
    path = tallystick.file("sample.xml", GOOD.replace(b"US0378331005", b"US0378331006"))
    strict, lenient = tallystick("read", "--json", path), tallystick("read", "--json", "--lenient", path)
    assert strict.code == 1
    assert strict.objects()[0]["reason"]["code"] == "bad_identifier"
    assert lenient.code == 0
    assert lenient.objects()[0]["warnings"] != []


def test_a_profile_of_the_settings_says_who_sends_what_does_not_say_it(tallystick: CommandLine) -> None:
    config = tallystick.file("given.toml", '[[profiles]]\nservicer = "DEPOTBANK"\naccounts = ["ACCOUNT-é"]\n')
    bare = tallystick.file("bare.xml", GOOD[GOOD.index(b"<Document") : GOOD.index(b"</Document>") + 11])
    (without,) = tallystick("read", "--json", bare).objects()
    (known,) = tallystick("read", "--json", "--config", config, bare).objects()
    assert without["confirmation"]["servicer"] is None
    assert known["confirmation"]["servicer"] == "DEPOTBANK"


def test_a_name_of_any_bytes_is_printed(tallystick: CommandLine) -> None:
    names = ["ünïcode 文件.xml", "with\nnewline", os.fsdecode(b"no text \xff\xfe"), "-dash"]
    paths = [tallystick.file(name, GOOD) for name in names]
    ran = tallystick("read", "--json", *paths)
    assert (ran.code, ran.err) == (0, "")
    files = [each["file"] for each in ran.objects()]
    assert files[0].endswith(names[0])
    assert files[1].endswith(names[1])
    assert "no text" in files[2]
    assert tallystick("read", *paths).code == 0
    assert tallystick("read", "--", "-dash").code == 0


def test_standard_input_is_a_file_as_well(tallystick: CommandLine) -> None:
    ran = tallystick("read", "--json", "/dev/stdin", stdin=GOOD)
    assert (ran.code, ran.objects()[0]["outcome"]) == (0, "confirmation")


def test_submit_says_where_each_message_went_and_the_log_has_it(
    tallystick: CommandLine, created_log: Path
) -> None:
    files = [tallystick.file("good.xml", GOOD), tallystick.file("bad", b"?")]
    ran = tallystick("submit", "--json", "--data", created_log, "--sender", "northbank", *files)
    assert (ran.code, ran.err) == (1, "")
    good, bad = ran.objects()
    assert (good["outcome"], good["reason"], bad["outcome"]) == ("confirmation", None, "parked")
    assert good["stream"].startswith("inbox.custody-")
    assert tallystick("submit", "--data", created_log, files[0]).code == 0
    before = tallystick("log", "show", "--json", "--data", created_log).out
    assert good["message"] not in before, "nobody decides while no worker runs"


def test_submit_with_a_missing_file_appends_nothing(tallystick: CommandLine, created_log: Path) -> None:
    good = tallystick.file("good.xml", GOOD)
    before = (created_log / "log.sqlite").stat().st_size
    assert tallystick("submit", "--data", created_log, good, "gone").code == 2
    assert (created_log / "log.sqlite").stat().st_size == before


def test_log_show_prints_records_as_they_are_stored(tallystick: CommandLine, created_log: Path) -> None:
    ran = tallystick("log", "show", "--data", created_log, "--json")
    assert (ran.code, ran.err) == (0, "")
    records = ran.objects()
    assert {record["book"] for record in records} >= {f"ledger-{number}" for number in range(4)}
    for line in ran.out.splitlines():
        stored = json.dumps(json.loads(line), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert line == stored
    one = tallystick("log", "show", "--data", created_log, "--json", "--book", "ledger-0", "--from", "2")
    assert [(record["book"], record["seq"]) for record in one.objects()] == [
        ("ledger-0", record["seq"])
        for record in records
        if record["book"] == "ledger-0" and record["seq"] >= 2
    ]
    readable = tallystick("log", "show", "--data", created_log)
    assert (readable.code, readable.err) == (0, "")
    assert "owner_started: program tallystick-" in readable.out


@pytest.mark.parametrize("command", [["state"], ["state", "--instrument", "AAPLx"]])
def test_state_is_one_json_object(tallystick: CommandLine, created_log: Path, command: Sequence[str]) -> None:
    ran = tallystick(*command, "--data", created_log, "--json")
    assert (ran.code, ran.err) == (0, "")
    assert len(ran.objects()) == 1
    assert tallystick(*command, "--data", created_log).code == 0


def test_an_export_verifies_and_replays_and_says_so_on_standard_output_alone(
    tallystick: CommandLine, created_log: Path
) -> None:
    for command in (
        ["audit", "export", "--data", created_log, "--out", "export"],
        ["audit", "verify", "export"],
        ["audit", "replay", "--decide", "export"],
    ):
        ran = tallystick(*command, "--json")
        assert (ran.code, ran.err) == (0, ""), ran
        assert len(ran.objects()) == 1
        assert tallystick(*command).code == 0


@pytest.mark.parametrize("json_option", [["--json"], []])
def test_a_reader_who_goes_away_is_no_error(
    tallystick: CommandLine, created_log: Path, json_option: list[str]
) -> None:
    """Also where the command has nothing to write just then, and waits for records."""
    path = tallystick.file("many.jsonl", (REQUEST + "\n") * 2_000)
    for command in (["read", path], ["log", "show", "--follow", "--data", created_log]):
        process = subprocess.Popen(
            [*TALLYSTICK, *map(str, command), *json_option],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        )
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() != b""
        process.stdout.close()
        assert process.stderr.read() == b""
        process.stderr.close()
        assert process.wait(SECONDS_MAX) == 141


def test_who_follows_a_log_ends_when_interrupted(tallystick: CommandLine, created_log: Path) -> None:
    """Whoever starts tests in the background has them ignore interrupts, so they are heeded again here."""
    assert tallystick("log", "show", "--data", created_log).code == 0
    process = subprocess.Popen(
        ["env", "--default-signal=INT", *TALLYSTICK, "log", "show", "--follow", "--data", str(created_log)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert process.stdout is not None
    assert process.stdout.readline() != b""
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=SECONDS_MAX)
    assert (process.returncode, err) == (130, b""), out


def test_a_closed_standard_output_is_no_error(tallystick: CommandLine) -> None:
    path = tallystick.file("good.xml", GOOD)
    line = f"{' '.join(TALLYSTICK)} read {path} >&-"
    done = subprocess.run(
        ["sh", "-c", line], env=environment(), capture_output=True, timeout=SECONDS_MAX, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
