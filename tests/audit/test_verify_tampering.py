"""Whatever is changed in an export is found, and the finding names the book and the record."""

import json
import random
from pathlib import Path

import pytest

from tests.audit.forging import (
    lines_of,
    manifest_of,
    messages_of,
    renew_manifest,
    write_lines,
    write_manifest,
    write_messages,
)
from workers.audit import Finding, NotAnExport, verify

BOOKS = ("ledger-0", "ledger-1", "transactions.minter-1")
BYTES_SAMPLED = 30


def findings_about(folder: Path, book: str) -> list[Finding]:
    return [finding for finding in verify(folder).findings if finding.book == book]


def seq_of(line: bytes) -> int:
    seq: int = json.loads(line)["seq"]
    return seq


def is_zombies(line: bytes) -> bool:
    return json.loads(line)["owner"] == "zombie"


@pytest.mark.parametrize("book", BOOKS)
def test_a_changed_byte_is_found_and_its_record_named(exported: Path, book: str) -> None:
    chance = random.Random(book)
    path = exported / "books" / f"{book}.jsonl"
    whole = path.read_bytes()
    for _ in range(BYTES_SAMPLED):
        place = chance.randrange(len(whole))
        changed = bytearray(whole)
        changed[place] ^= 1 << chance.randrange(8)
        path.write_bytes(changed)
        line = whole.count(b"\n", 0, place) + 1
        seq = seq_of(whole.splitlines()[line - 1])
        named = findings_about(exported, book)
        assert any(each.seq == seq or each.line == line for each in named), (place, line, seq, named)
    path.write_bytes(whole)
    assert verify(exported).holds


@pytest.mark.parametrize("book", BOOKS)
@pytest.mark.parametrize("place", [0, 1, 12, 20, -1])
def test_a_removed_record_is_found_and_named(exported: Path, book: str, place: int) -> None:
    lines = lines_of(exported, book)
    removed = lines.pop(place)
    write_lines(exported, book, lines)
    assert any(each.seq == seq_of(removed) for each in findings_about(exported, book))


@pytest.mark.parametrize("book", BOOKS)
@pytest.mark.parametrize("kept", [1, 5, 20])
def test_a_truncated_end_is_found_and_its_first_record_named(exported: Path, book: str, kept: int) -> None:
    lines = lines_of(exported, book)
    write_lines(exported, book, lines[:kept])
    found = findings_about(exported, book)
    assert ("record_missing", kept + 1) in {(each.code, each.seq) for each in found}


@pytest.mark.parametrize("book", BOOKS)
def test_an_end_that_is_cut_within_a_record_is_found(exported: Path, book: str) -> None:
    path = exported / "books" / f"{book}.jsonl"
    last = seq_of(lines_of(exported, book)[-1])
    path.write_bytes(path.read_bytes()[:-40])
    assert any(each.seq == last for each in findings_about(exported, book))


def test_a_missing_last_line_end_is_found(exported: Path) -> None:
    path = exported / "books" / "transactions.minter-1.jsonl"
    path.write_bytes(path.read_bytes()[:-1])
    assert [each.code for each in verify(exported).findings] == ["book_differs"]


@pytest.mark.parametrize("book", BOOKS)
@pytest.mark.parametrize("place", [0, 6, 15])
def test_two_records_in_the_other_order_are_found_and_named(exported: Path, book: str, place: int) -> None:
    lines = lines_of(exported, book)
    first = seq_of(lines[place])
    lines[place], lines[place + 1] = lines[place + 1], lines[place]
    write_lines(exported, book, lines)
    assert any(each.seq in (first, first + 1) for each in findings_about(exported, book))


@pytest.mark.parametrize("book", BOOKS)
@pytest.mark.parametrize("place", [0, 9, -1])
def test_a_repeated_record_is_found_and_named(exported: Path, book: str, place: int) -> None:
    lines = lines_of(exported, book)
    lines.append(lines[place])
    write_lines(exported, book, lines)
    found = findings_about(exported, book)
    assert ("record_repeated", seq_of(lines[place])) in {(each.code, each.seq) for each in found}


@pytest.mark.parametrize("place", [1, 10, 30])
def test_an_inserted_record_is_found_and_its_line_named(exported: Path, place: int) -> None:
    lines = lines_of(exported, "transactions.minter-1")
    stranger = json.loads(lines[place]) | {"owner": "stranger"}
    lines.insert(place, json.dumps(stranger, sort_keys=True, separators=(",", ":")).encode())
    write_lines(exported, "transactions.minter-1", lines)
    found = findings_about(exported, "transactions.minter-1")
    assert any(each.line in (place + 1, place + 2) or each.seq == place + 1 for each in found)


@pytest.mark.parametrize("garbage", [b"", b"garbage", b'{"b":1, "a":2}', b"\xff", b'{"a":1,"a":1}', b"1.5"])
def test_an_inserted_line_that_is_no_record_is_found_and_named(exported: Path, garbage: bytes) -> None:
    lines = lines_of(exported, "ledger-1")
    lines.insert(5, garbage)
    write_lines(exported, "ledger-1", lines)
    renew_manifest(exported)
    assert ("not_canonical", 6) in {(each.code, each.line) for each in findings_about(exported, "ledger-1")}


def test_a_changed_void_record_is_found_and_its_line_named(exported: Path) -> None:
    lines = lines_of(exported, "ledger-0")
    place = next(place for place, line in enumerate(lines) if is_zombies(line))
    lines[place] = lines[place].replace(b'"owner":"zombie"', b'"owner":"saints"')
    write_lines(exported, "ledger-0", lines)
    assert any(each.line == place + 1 for each in findings_about(exported, "ledger-0"))


def test_a_removed_void_record_is_found(exported: Path) -> None:
    lines = [line for line in lines_of(exported, "ledger-0") if not is_zombies(line)]
    write_lines(exported, "ledger-0", lines)
    assert "manifest_differs" in {each.code for each in findings_about(exported, "ledger-0")}


@pytest.mark.parametrize("number", [0, 3, -1])
def test_a_changed_message_is_found_by_the_record_that_decided_it(exported: Path, number: int) -> None:
    rows = messages_of(exported, "inbox.custody-1")
    rows[number]["message"]["body"]["quantity"] = "1000000"
    write_messages(exported, "inbox.custody-1", rows)
    renew_manifest(exported)
    offset = rows[number]["offset"]
    found = [each for each in findings_about(exported, "ledger-1") if each.code == "source_differs"]
    assert [f"offset {offset} of inbox.custody" in each.text for each in found] == [True]
    assert lines_name(exported, "ledger-1", found[0].seq, offset)


def lines_name(folder: Path, book: str, seq: int | None, offset: int) -> bool:
    """Return whether the record of this number decided this offset of the custody inbox."""
    records = [json.loads(line) for line in lines_of(folder, book)]
    source = next(each["source"] for each in records if each["seq"] == seq and each["owner"] != "zombie")
    return (source["topic"], source["offset"]) == ("inbox.custody", offset)


@pytest.mark.parametrize("number", [0, 3, -1])
def test_a_removed_message_is_found_by_the_record_that_decided_it(exported: Path, number: int) -> None:
    rows = messages_of(exported, "inbox.custody-1")
    offset = rows.pop(number)["offset"]
    write_messages(exported, "inbox.custody-1", rows)
    renew_manifest(exported)
    found = [each for each in findings_about(exported, "ledger-1") if each.code == "source_missing"]
    assert len(found) == 1
    assert lines_name(exported, "ledger-1", found[0].seq, offset)


def test_a_removed_inbox_is_found(exported: Path) -> None:
    (exported / "inbox" / "inbox.custody-1.jsonl").unlink()
    found = verify(exported).findings
    assert ("inbox_missing", "inbox.custody-1") in {(each.code, each.book) for each in found}
    assert any(each.code == "source_missing" and each.book == "ledger-1" for each in found)


def test_messages_in_another_order_are_found(exported: Path) -> None:
    rows = messages_of(exported, "inbox.custody-1")
    rows[2], rows[3] = rows[3], rows[2]
    write_messages(exported, "inbox.custody-1", rows)
    renew_manifest(exported)
    assert "inbox_out_of_order" in {each.code for each in findings_about(exported, "inbox.custody-1")}


def test_a_message_twice_is_found(exported: Path) -> None:
    rows = messages_of(exported, "inbox.custody-1")
    write_messages(exported, "inbox.custody-1", [*rows, rows[-1]])
    renew_manifest(exported)
    found = findings_about(exported, "inbox.custody-1")
    assert [(each.code, each.seq, each.line) for each in found] == [
        ("inbox_out_of_order", rows[-1]["offset"], len(rows) + 1)
    ]


def test_an_added_message_is_found_against_the_manifest(exported: Path) -> None:
    rows = messages_of(exported, "inbox.custody-1")
    write_messages(exported, "inbox.custody-1", [*rows, {**rows[0], "offset": len(rows)}])
    assert [each.code for each in findings_about(exported, "inbox.custody-1")] == ["inbox_differs"]


@pytest.mark.parametrize("line", [b"", b"{}", b"garbage", b'{"message":{},"offset":x}'])
def test_a_line_of_an_inbox_that_is_none_is_found_and_named(exported: Path, line: bytes) -> None:
    path = exported / "inbox" / "inbox.custody-1.jsonl"
    path.write_bytes(line + b"\n" + path.read_bytes())
    renew_manifest(exported)
    found = findings_about(exported, "inbox.custody-1")
    assert [(each.code, each.line) for each in found] == [("inbox_line_unreadable", 1)]


def an_evidence_file(folder: Path) -> Path:
    return next(iter(sorted((folder / "evidence").rglob("?" * 64))))


def test_changed_evidence_is_found(exported: Path) -> None:
    path = an_evidence_file(exported)
    path.write_bytes(path.read_bytes() + b" ")
    assert [each.code for each in verify(exported).findings] == ["evidence_differs"]


def test_removed_evidence_is_found_by_the_message_that_names_it(exported: Path) -> None:
    path = an_evidence_file(exported)
    path.unlink()
    found = verify(exported).findings
    assert {each.code for each in found} == {"evidence_missing"}
    for each in found:
        rows = {row["offset"]: row["message"] for row in messages_of(exported, each.book)}
        message = rows[each.seq or 0]
        assert path.name in (message["evidence"]["sha256"], message["reader"]["profile_sha256"])


@pytest.mark.parametrize("name", ["README", "00/00", "ab/" + "cd" * 32])
def test_a_file_that_is_no_evidence_is_found(exported: Path, name: str) -> None:
    path = exported / "evidence" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"")
    assert [each.code for each in verify(exported).findings] == ["evidence_misnamed"]


@pytest.mark.parametrize(
    ("field", "value"), [("lines", 7), ("valid", 7), ("void", 7), ("head", "0" * 64), ("sha256", "0" * 64)]
)
@pytest.mark.parametrize("book", BOOKS)
def test_a_manifest_that_says_otherwise_of_a_book_is_found(
    exported: Path, book: str, field: str, value: object
) -> None:
    manifest = manifest_of(exported)
    manifest["books"][book][field] = value
    write_manifest(exported, manifest)
    assert findings_about(exported, book)


@pytest.mark.parametrize(("field", "value"), [("count", 7), ("sha256", "0" * 64)])
def test_a_manifest_that_says_otherwise_of_an_inbox_is_found(
    exported: Path, field: str, value: object
) -> None:
    manifest = manifest_of(exported)
    manifest["inboxes"]["inbox.operator-0"][field] = value
    write_manifest(exported, manifest)
    assert findings_about(exported, "inbox.operator-0")


@pytest.mark.parametrize(
    ("kind", "name", "code"),
    [("books", "ledger-1", "book_not_in_manifest"), ("inboxes", "inbox.chain-0", "inbox_not_in_manifest")],
)
def test_a_file_that_the_manifest_does_not_name_is_found(
    exported: Path, kind: str, name: str, code: str
) -> None:
    manifest = manifest_of(exported)
    del manifest[kind][name]
    write_manifest(exported, manifest)
    assert [(each.code, each.book) for each in verify(exported).findings] == [(code, name)]


def test_a_book_that_the_manifest_names_and_has_no_file_is_found(exported: Path) -> None:
    (exported / "books" / "ledger-1.jsonl").unlink()
    assert ("book_missing", "ledger-1") in {(each.code, each.book) for each in verify(exported).findings}


@pytest.mark.parametrize("name", ["books/notes.txt", "books/ledger-01.jsonl", "inbox/x.jsonl"])
def test_a_file_among_the_books_that_is_none_is_found(exported: Path, name: str) -> None:
    (exported / name).write_bytes(b"")
    assert [each.code for each in verify(exported).findings] == ["file_unknown"]


def test_checkpoints_that_this_program_cannot_check_are_never_passed_over(exported: Path) -> None:
    write_manifest(exported, manifest_of(exported) | {"checkpoints": {"ledger-0.txt": "0" * 64}})
    assert [each.code for each in verify(exported).findings] == ["checkpoints_unknown"]


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", b'{"format":"1"}', b'{"format":1}'])
def test_a_manifest_that_cannot_be_read_is_no_export(exported: Path, data: bytes) -> None:
    (exported / "manifest.json").write_bytes(data)
    with pytest.raises(NotAnExport, match="is no manifest of an export"):
        verify(exported)


def test_a_newer_format_asks_for_a_newer_program(exported: Path) -> None:
    (exported / "manifest.json").write_bytes(b'{"format":2,"new":"things"}')
    with pytest.raises(NotAnExport, match=r"has format 2; a newer Tallystick that knows it is needed"):
        verify(exported)
