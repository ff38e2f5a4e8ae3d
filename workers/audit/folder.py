"""Reading the folder of an export."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workers.audit.export import BOOKS, ENDING, EVIDENCE, INBOX
from workers.audit.lines import stored_message, stored_record
from workers.audit.manifest import NotAnExport, read_manifest
from workers.audit.sources import in_order
from workers.log.engine import Entry

_NAMES = {
    BOOKS: re.compile(r"ledger-(0|[1-9][0-9]{0,8})|transactions\.[A-Za-z0-9][A-Za-z0-9-]{0,63}"),
    INBOX: re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,200}-(0|[1-9][0-9]{0,8})"),
}


class ExportSource:
    """An export, read as a log. `NotAnExport` where the folder holds none that is complete."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = read_manifest(folder)

    def books(self) -> list[str]:
        """Return the books that have a file."""
        return in_order(iter(self._names(BOOKS)))

    def inboxes(self) -> list[str]:
        """Return the inboxes that have a file."""
        return self._names(INBOX)

    def lines(self, book: str) -> Iterator[bytes]:
        """Yield the lines of a book's file as they stand."""
        return _lines(self.book_path(book))

    def records(self, book: str) -> Iterator[bytes]:
        """Yield every record of a book as it was stored, void ones included."""
        return map(stored_record, self.lines(book))

    def messages(self, inbox: str) -> Iterator[Entry]:
        """Yield every entry of an inbox as it was stored, in the order of the file; none if there is none."""
        path = self.inbox_path(inbox)
        return map(stored_message, _lines(path)) if path.is_file() else iter(())

    def has_evidence(self, sha256: str) -> bool:
        """Return whether a file of evidence has this name."""
        return (self.folder / EVIDENCE / sha256[:2] / sha256).is_file()

    def evidence_files(self) -> Iterator[Path]:
        """Yield every file under the folder of evidence."""
        return (path for path in sorted((self.folder / EVIDENCE).rglob("*")) if not path.is_dir())

    def book_path(self, book: str) -> Path:
        """Return a book's file."""
        return self.folder / BOOKS / f"{book}{ENDING}"

    def inbox_path(self, inbox: str) -> Path:
        """Return an inbox's file."""
        return self.folder / INBOX / f"{inbox}{ENDING}"

    def _names(self, part: str) -> list[str]:
        return sorted(name for name in map(_name, self._files(part)) if _NAMES[part].fullmatch(name))

    def strays(self) -> Iterator[Path]:
        """Yield the files that stand among the books and inboxes and are none."""
        for part, names in _NAMES.items():
            for path in self._files(part):
                if path.suffix != ENDING or not names.fullmatch(_name(path)):
                    yield path

    def _files(self, part: str) -> list[Path]:
        folder = self.folder / part
        return sorted(folder.iterdir()) if folder.is_dir() else []


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with _reading(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _name(path: Path) -> str:
    return path.name.removesuffix(ENDING)


def _lines(path: Path) -> Iterator[bytes]:
    with _reading(path), path.open("rb") as file:
        for line in file:
            yield line[:-1] if line.endswith(b"\n") else line


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NotAnExport(f"{path} cannot be read: {error.strerror}; export again or copy it anew") from error
