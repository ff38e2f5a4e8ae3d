import json
from pathlib import Path

import pytest

from tests.audit.conftest import Oracle
from tests.audit.days import Day
from tests.audit.forging import lines_of, manifest_of
from workers.audit import CannotExport, ExportSource, NotAnExport, export, verify
from workers.audit.sources import EngineSource
from workers.log.memory import MemoryEngine
from workers.log.sqlite import SqliteEngine


def test_the_independent_reader_accepts_an_export(exported: Path, oracle: Oracle) -> None:
    read = oracle(exported)
    assert read.returncode == 0, read.stdout + read.stderr
    counted = json.loads(read.stdout)
    verified = verify(exported).counts
    assert counted["records"] == verified.records
    assert counted["valid"] == verified.valid
    assert counted["void"] == verified.void == 8
    assert counted["inputs"] == verified.inputs
    assert counted["evidence"] == verified.evidence
    assert counted["events"] == verified.events


def test_an_export_without_checkpoints_is_consistent_and_not_authenticated(exported: Path) -> None:
    verification = verify(exported)
    assert verification.findings == ()
    assert verification.holds
    assert not verification.authenticated
    assert verification.verdict == "internally consistent, not authenticated"


def test_every_byte_of_the_log_is_in_its_export(engine: SqliteEngine, exported: Path) -> None:
    log, read = EngineSource(engine), ExportSource(exported)
    assert read.books() == log.books()
    assert read.inboxes() == log.inboxes()
    for book in log.books():
        assert list(read.records(book)) == list(log.records(book))
    for inbox in log.inboxes():
        assert list(read.messages(inbox)) == list(log.messages(inbox))
    assert {path.name for path in read.evidence_files()} == set(engine.evidence_digests())


def test_the_manifest_counts_what_the_files_hold(exported: Path) -> None:
    manifest = manifest_of(exported)
    assert manifest["program"] == "0.1.0"
    assert manifest["checkpoints"] == {}
    assert manifest["books"]["ledger-0"]["lines"] == len(lines_of(exported, "ledger-0"))
    assert manifest["books"]["ledger-0"]["void"] == 4


def test_garbage_in_the_log_is_kept_and_no_finding_where_somebody_went_on(day: Day, tmp_path: Path) -> None:
    garbage = [b"", b"\n\n", b"two\nlines", b"\xff\xfe", b'{"as_stored":"00"}', b'{"b":1,"a":2}', b"1.5"]
    day.engine.append({"ledger-1": garbage, "inbox.custody-1": garbage, "transactions.minter-1": garbage})
    day.begin("second")
    day.rounds(3)
    export(day.engine, tmp_path / "export", program_version="1")
    assert verify(tmp_path / "export").findings == ()
    read, log = ExportSource(tmp_path / "export"), EngineSource(day.engine)
    assert list(read.records("ledger-1")) == list(log.records("ledger-1"))
    assert list(read.messages("inbox.custody-1")) == list(log.messages("inbox.custody-1"))


def test_garbage_in_books_does_not_trouble_the_independent_reader(
    day: Day, tmp_path: Path, oracle: Oracle
) -> None:
    day.engine.append({"ledger-1": [b"two\nlines", b"", b"{}"], "transactions.minter-1": [b"[]"]})
    day.begin("second")
    day.rounds(3)
    export(day.engine, tmp_path / "export", program_version="1")
    read = oracle(tmp_path / "export")
    assert read.returncode == 0, read.stdout + read.stderr


def test_a_log_that_is_written_to_meanwhile_gives_a_consistent_export(tmp_path: Path, oracle: Oracle) -> None:
    day = Day(MemoryEngine())
    day.found()

    def write_on(*_: object) -> None:
        day.request("AAPL", "10")
        day.rounds(1)
        for reference in day.references("AAPL")[:2]:
            day.confirm("AAPL", "10", owner_transaction_id=reference)
        day.rounds(1)

    for number in range(4):
        export(day.engine, tmp_path / str(number), program_version="1", progress=write_on)
        assert verify(tmp_path / str(number)).findings == ()
        assert oracle(tmp_path / str(number)).returncode == 0


def test_inputs_that_nobody_decided_yet_are_counted_and_no_finding(
    day: Day, tmp_path: Path, oracle: Oracle
) -> None:
    for number in range(3):
        day.request("AAPL", str(5 + number))
    export(day.engine, tmp_path / "export", program_version="1")
    verification = verify(tmp_path / "export")
    assert verification.findings == ()
    assert verification.counts.undecided == 3
    assert json.loads(oracle(tmp_path / "export").stdout)["undecided"] == 3


def test_a_hole_in_the_offsets_is_no_finding_where_a_record_says_so(day: Day, tmp_path: Path) -> None:
    engine = day.engine
    assert isinstance(engine, MemoryEngine)
    engine.leave_hole("inbox.requests-1", 3)
    engine.leave_hole("inbox.requests-0", 2)
    day.request("AAPL", "5")
    day.request("TSLA", "5")
    day.request("NVDA", "5")
    day.rounds(3)
    export(engine, tmp_path / "export", program_version="1")
    verification = verify(tmp_path / "export")
    assert verification.findings == ()
    assert verification.counts.events["offsets_absent"] >= 1


def test_a_folder_that_holds_something_else_is_refused(day: Day, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(CannotExport, match="holds no earlier export; name another folder"):
        export(day.engine, tmp_path, program_version="1")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["thesis.txt"]


def test_a_folder_with_somebody_elses_manifest_is_refused(day: Day, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"name": "a browser extension"}')
    with pytest.raises(CannotExport):
        export(day.engine, tmp_path, program_version="1")
    assert (tmp_path / "manifest.json").read_text() == '{"name": "a browser extension"}'


def test_a_file_is_no_folder_to_export_into(day: Day, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotExport, match="is a file; name a folder"):
        export(day.engine, tmp_path / "file", program_version="1")
    with pytest.raises(CannotExport, match="cannot be written"):
        export(day.engine, tmp_path / "file" / "below", program_version="1")


def test_a_new_export_takes_the_place_of_an_earlier_one(day: Day, tmp_path: Path) -> None:
    export(day.engine, tmp_path / "export", program_version="1")
    stray = tmp_path / "export" / "books" / "ledger-9.jsonl"
    stray.write_bytes(b"left over\n")
    day.request("AAPL", "5")
    day.rounds(2)
    export(day.engine, tmp_path / "export", program_version="2")
    assert verify(tmp_path / "export").findings == ()
    assert manifest_of(tmp_path / "export")["program"] == "2"


@pytest.mark.parametrize("earlier", [True, False])
def test_an_export_that_was_stopped_is_never_taken_for_a_complete_one(
    day: Day, tmp_path: Path, *, earlier: bool
) -> None:
    folder = tmp_path / "export"
    if earlier:
        export(day.engine, folder, program_version="1")

    def stop(what: str, *_: object) -> None:
        if what == "inbox.chain-0":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(day.engine, folder, program_version="1", progress=stop)
    with pytest.raises(NotAnExport, match="was never completed; export again"):
        verify(folder)
    export(day.engine, folder, program_version="1")
    assert verify(folder).findings == ()


def test_an_empty_folder_is_no_export(tmp_path: Path) -> None:
    with pytest.raises(NotAnExport, match=r"holds no manifest\.json; name the folder of an export"):
        verify(tmp_path)


def test_an_export_of_an_empty_log_proves_nothing(tmp_path: Path) -> None:
    export(MemoryEngine(), tmp_path / "export", program_version="1")
    assert [finding.code for finding in verify(tmp_path / "export").findings] == ["nothing_valid"]
