"""What stands at the log's path is our log, whole; or it is named in one sentence and left as it is."""

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from subprocess import Popen

import pytest

from workers.log.engine import Entry, LogDamaged, LogError, LogUnusable
from workers.log.sqlite import SqliteEngine
from workers.log.sqlite.creation import create
from workers.log.sqlite.layout import APPLICATION_ID, FORMAT, PAGE_BYTES

Start = Callable[..., Popen[str]]
BOOK = "ledger-0"


def fill(path: Path, entries: int = 200) -> None:
    with closing(SqliteEngine(path)) as engine:
        engine.append({BOOK: [b"%06d" % number + bytes(700) for number in range(entries)]})
        engine.keep_evidence(b"evidence " * 100)


def change(path: Path, place: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        file.write(data)


def flip(path: Path, place: int) -> None:
    change(path, place, bytes([path.read_bytes()[place] ^ 0x55]))


def read_everything(path: Path) -> None:
    with closing(SqliteEngine(path)) as engine:
        for stream in engine.streams():
            engine.read(stream, 0, 1_000_000)
        for digest in engine.evidence_digests():
            engine.evidence(digest)
        engine.check()


def raised(path: Path, *, read_only: bool = False) -> LogError:
    """Return what opening the path raises: one line that names it."""
    with pytest.raises(LogError) as caught:
        SqliteEngine(path, read_only=read_only)
    assert "\n" not in str(caught.value)
    assert path.name in str(caught.value)
    return caught.value


def test_a_new_log_is_marked_as_ours_and_leaves_nothing_else_in_the_folder(log_path: Path) -> None:
    SqliteEngine(log_path).close()
    assert [file.name for file in log_path.parent.iterdir()] == [log_path.name]
    with closing(sqlite3.connect(log_path)) as connection:
        facts = [
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("application_id", "user_version", "page_size", "journal_mode")
        ]
    assert facts == [APPLICATION_ID, FORMAT, PAGE_BYTES, "wal"]


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize(
    "content",
    [b"just some text\n", b"SQLite is not this\n" * 50, bytes(5000), b"{}"],
    ids=["text", "like", "zeros", "json"],
)
def test_a_file_that_is_no_database_is_unusable_and_unchanged(
    log_path: Path, content: bytes, *, read_only: bool
) -> None:
    log_path.write_bytes(content)
    assert isinstance(raised(log_path, read_only=read_only), LogUnusable)
    assert log_path.read_bytes() == content
    assert list(log_path.parent.iterdir()) == [log_path]


def test_another_programs_database_is_unusable_and_unchanged(log_path: Path) -> None:
    with closing(sqlite3.connect(log_path)) as connection:
        connection.execute("CREATE TABLE entry (stream, position, value)")
        connection.commit()
    content = log_path.read_bytes()
    assert "another program" in str(raised(log_path))
    assert log_path.read_bytes() == content


def test_a_newer_format_asks_for_a_newer_program(log_path: Path) -> None:
    fill(log_path)
    with closing(sqlite3.connect(log_path)) as connection:
        connection.execute(f"PRAGMA user_version = {FORMAT + 1}")
    error = raised(log_path)
    assert isinstance(error, LogUnusable)
    assert "newer Tallystick" in str(error)


def test_a_format_that_never_was_is_damage(log_path: Path) -> None:
    fill(log_path)
    with closing(sqlite3.connect(log_path)) as connection:
        connection.execute("PRAGMA user_version = 0")
    assert isinstance(raised(log_path), LogDamaged)


def test_a_missing_table_is_damage(log_path: Path) -> None:
    fill(log_path)
    with closing(sqlite3.connect(log_path)) as connection:
        connection.execute("DROP TABLE evidence")
    assert "lacks the table evidence" in str(raised(log_path))


def test_creating_never_replaces_a_log_that_another_process_just_made(log_path: Path) -> None:
    fill(log_path)
    create(log_path)
    with closing(SqliteEngine(log_path)) as engine:
        assert engine.end(BOOK) == 200
    assert list(log_path.parent.iterdir()) == [log_path]


def test_a_folder_is_not_a_log(tmp_path: Path) -> None:
    assert "is a folder" in str(raised(tmp_path))


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(LogUnusable, match="nowhere does not exist"):
        SqliteEngine(tmp_path / "nowhere" / "log.sqlite")


def test_a_path_through_a_file_is_unusable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    with pytest.raises(LogUnusable):
        SqliteEngine(tmp_path / "file" / "log.sqlite")


@pytest.mark.parametrize("read_only", [False, True])
def test_an_empty_file_is_damage_because_a_log_never_is_one(log_path: Path, *, read_only: bool) -> None:
    log_path.touch()
    assert isinstance(raised(log_path, read_only=read_only), LogDamaged)


@pytest.mark.parametrize(
    "kept_bytes", [1, 16, 99, 100, PAGE_BYTES - 1, PAGE_BYTES, 5 * PAGE_BYTES, 5 * PAGE_BYTES + 77]
)
def test_a_truncated_file_is_damage(log_path: Path, kept_bytes: int) -> None:
    fill(log_path)
    log_path.write_bytes(log_path.read_bytes()[:kept_bytes])
    with pytest.raises(LogDamaged, match=log_path.name):
        read_everything(log_path)


def test_a_lost_file_beside_its_write_ahead_log_is_damage_and_no_new_log_is_made(log_path: Path) -> None:
    engine = SqliteEngine(log_path)
    engine.append({BOOK: [b"a"]})
    log_path.unlink()
    assert isinstance(raised(log_path), LogDamaged)
    assert not log_path.exists()
    engine.close()


@pytest.mark.parametrize("place", [0, 15, 16, 18, 19, 21, 24, 28, 31, 44, 47, 56, 60, 68, 100, 103, 105, 108])
def test_a_changed_byte_in_the_header_never_escapes_as_sqlites_own_error(log_path: Path, place: int) -> None:
    fill(log_path)
    with closing(SqliteEngine(log_path)) as engine:
        before = engine.read(BOOK, 0, 1000)
    flip(log_path, place)
    with suppress(LogError), closing(SqliteEngine(log_path)) as engine:
        assert engine.read(BOOK, 0, 1000) == before
        engine.append({BOOK: [b"next"]})


def test_a_changed_byte_anywhere_is_found_or_does_no_harm(log_path: Path) -> None:
    fill(log_path, entries=60)
    whole = log_path.read_bytes()
    with closing(SqliteEngine(log_path)) as engine:
        before = engine.read(BOOK, 0, 1000)
    found = 0
    for place in range(100, len(whole), 397):
        log_path.write_bytes(whole)
        flip(log_path, place)
        try:
            with closing(SqliteEngine(log_path)) as engine:
                assert engine.read(BOOK, 0, 1000) == before
        except LogError:
            found += 1
    assert found > 50


def test_a_changed_byte_of_a_value_is_damage_and_names_the_stream(log_path: Path) -> None:
    fill(log_path)
    flip(log_path, log_path.read_bytes().index(b"000123") + 100)
    with closing(SqliteEngine(log_path)) as engine:
        assert len(engine.read(BOOK, 0, 100)) == 100
        with pytest.raises(LogDamaged, match=f"changed bytes in {BOOK}"):
            engine.read(BOOK, 100, 100)


def test_bytes_in_the_place_of_others_are_damage(log_path: Path) -> None:
    fill(log_path)
    with closing(sqlite3.connect(log_path)) as connection:
        ends = connection.execute(
            "SELECT position, crc, value FROM entry WHERE position IN (3, 4)"
        ).fetchall()
        for (position, _, _), (_, crc, value) in zip(ends, reversed(ends), strict=True):
            connection.execute(
                "UPDATE entry SET crc = ?, value = ? WHERE position = ?", (crc, value, position)
            )
        connection.commit()
    with closing(SqliteEngine(log_path)) as engine, pytest.raises(LogDamaged, match="changed bytes"):
        engine.read(BOOK, 0, 10)


def test_changed_evidence_is_damage(log_path: Path) -> None:
    fill(log_path)
    flip(log_path, log_path.read_bytes().index(b"evidence evidence") + 3)
    with closing(SqliteEngine(log_path)) as engine:
        (digest,) = engine.evidence_digests()
        with pytest.raises(LogDamaged, match=digest):
            engine.evidence(digest)


@pytest.mark.parametrize("position", [0, 100, 199])
def test_a_lost_entry_is_damage_and_not_a_hole(log_path: Path, position: int) -> None:
    fill(log_path)
    with closing(sqlite3.connect(log_path)) as connection:
        connection.execute("DELETE FROM entry WHERE position = ?", (position,))
        connection.commit()
    with closing(SqliteEngine(log_path)) as engine:
        if position == 199:  # a lost end is for the chain's checkpoints to find
            assert engine.end(BOOK) == 199
            return
        with pytest.raises(LogDamaged, match="lacks entries"):
            engine.read(BOOK, 0, 1000)
        with pytest.raises(LogDamaged, match="lacks entries"):
            engine.check()


def test_a_check_finds_a_page_that_was_overwritten(log_path: Path) -> None:
    fill(log_path)
    change(log_path, 6 * PAGE_BYTES, b"\xee" * PAGE_BYTES)
    with pytest.raises(LogDamaged), closing(SqliteEngine(log_path)) as engine:
        engine.check()


def test_an_append_that_the_caller_got_wrong_is_rolled_back(log_path: Path) -> None:
    with closing(SqliteEngine(log_path)) as engine:
        engine.append({BOOK: [b"a"]})
        with pytest.raises(TypeError):
            engine.append({"inbox.custody-0": [b"x"], BOOK: [b"b", "text"]})  # type: ignore[list-item]
        assert engine.streams() == [BOOK]
        engine.append({"inbox.custody-0": [b"y"], BOOK: [b"c"]})
        assert engine.read(BOOK, 0, 10) == [Entry(0, b"a"), Entry(1, b"c")]
        assert engine.read("inbox.custody-0", 0, 10) == [Entry(0, b"y")]


def test_reading_only_makes_no_log_where_there_is_none(log_path: Path) -> None:
    assert "there is no log" in str(raised(log_path, read_only=True))
    assert list(log_path.parent.iterdir()) == []


def test_reading_only_follows_a_writer_and_refuses_to_write(log_path: Path) -> None:
    with closing(SqliteEngine(log_path)) as writer:
        with closing(SqliteEngine(log_path, read_only=True)) as reader:
            for number in range(3):
                writer.append({BOOK: [b"%d" % number]})
                assert reader.end(BOOK) == number + 1
            assert [entry.value for entry in reader.read(BOOK, 0, 10)] == [b"0", b"1", b"2"]
            with pytest.raises(LogUnusable, match="reading only"):
                reader.append({BOOK: [b"mine"]})
            with pytest.raises(LogUnusable, match="reading only"):
                reader.keep_evidence(b"mine")
        writer.append({BOOK: [b"3"]})


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder that every user can reach, unlike the test's own."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)
        Path(folder).chmod(0o755)


@pytest.mark.parametrize(
    ("folder_rights", "file_rights", "how", "expected"),
    [
        (0o555, 0o444, "read", "[b'a']"),
        (0o555, 0o444, "write", "LogUnusable"),
        (0o777, 0o444, "write", "LogUnusable"),
        (0o555, 0o666, "write", "LogUnusable"),
        (0o777, 0o000, "read", "LogUnusable"),
        (0o000, 0o666, "read", "LogUnusable"),
    ],
)
def test_missing_rights_are_said_in_one_line(
    reachable: Path, start: Start, *, folder_rights: int, file_rights: int, how: str, expected: str
) -> None:
    path = reachable / "log.sqlite"
    with closing(SqliteEngine(path)) as engine:
        engine.append({BOOK: [b"a"]})
    path.chmod(file_rights)
    reachable.chmod(folder_rights)
    output, _ = start("without_rights.py", path, how).communicate(timeout=30)
    assert output.startswith(expected)
    assert output.count("\n") == 1


def test_a_log_that_a_writer_has_open_is_read_by_a_user_without_rights(reachable: Path, start: Start) -> None:
    path = reachable / "log.sqlite"
    with closing(SqliteEngine(path)) as engine:
        engine.append({BOOK: [b"a"]})
        reachable.chmod(0o755)
        output, _ = start("without_rights.py", path, "read").communicate(timeout=30)
    assert output.strip() == "[b'a']"


def test_names_of_any_letters_are_apart(tmp_path: Path) -> None:
    names = [
        "ledger-1",
        "ledger-10",
        "ledger-1 ",
        "LEDGER-1",
        "ledger-1%",
        "ledger-\N{LATIN SMALL LETTER E WITH ACUTE}",
    ]
    with closing(SqliteEngine(tmp_path / "log.sqlite")) as engine:
        engine.append({name: [name.encode()] for name in names})
        assert engine.streams() == sorted(names)
        assert all(engine.read(name, 0, 10) == [Entry(0, name.encode())] for name in names)
