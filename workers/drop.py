"""The drop folder: what is laid into `in` is decided and goes to `done` or `parked` with its answer.

    in/FILE            taken up as the sender `local`; in/SENDER/FILE as that sender
    done/FILE          every message of the file is decided; FILE.answer.json says how
    parked/FILE        the same, where something of it waits for people

A file is read when it is whole: write it under a name that begins with a dot and rename it. What was written
to a moment ago waits a moment. It leaves `in` after the decisions were read back from the log; a process that
dies before leaves it there, and reading it again changes nothing.

What is no readable file (a link, a folder in a sender's folder, a file without rights) stays where it is
and is logged once. A file that is replaced, or written to again, after it was read is read again; what was
decided of the first is answered under its name and the first digits of its digest.
"""

import json
import os
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import structlog

from schemas.canonical import encode
from schemas.streams import ledger_book
from workers import files
from workers.core.ledger import Given
from workers.files import Content, Identity, NotReadable
from workers.intake import Intake, Placed
from workers.log.commit import GroupCommit
from workers.log.engine import LogBusy, LogError
from workers.loop import Settled

FILES_AT_ONCE = 200
BYTES_AT_ONCE = 64 * 1024 * 1024
QUIET_SECONDS = 0.1
NAME_BYTES_MAX = 200
RECORDS_LOGGED_MAX = 20
"""In one line; the answer has them all."""
ANSWER = ".answer.json"
LOCAL_SENDER = "local"
_SENDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")


@dataclass(slots=True)
class _Waiting:
    """A file whose messages are appended; `answers` fills up as they are decided."""

    path: Path
    identity: Identity
    placed: list[Placed]
    answers: dict[int, dict[str, Any]] = field(default_factory=dict)


class DropFolder:
    """One drop folder; it forgets nothing that matters: what is in `in` is still to be done."""

    def __init__(self, data: Path, intake: Intake) -> None:
        self.inside = data / "in"
        self._done = data / "done"
        self._parked = data / "parked"
        for folder in (self.inside, self._done, self._parked):
            folder.mkdir(parents=True, exist_ok=True)
        self._intake = intake
        self._waiting: dict[str, list[tuple[_Waiting, int]]] = {}
        self._taken: set[Path] = set()
        self._decided: list[_Waiting] = []
        self._left: dict[Path, str] = {}
        self._unmoved: set[Path] = set()
        self._log = structlog.get_logger("tallystick.drop")

    @property
    def busy(self) -> bool:
        """Return whether files wait for decisions."""
        return bool(self._taken)

    def advance(self, commit: GroupCommit) -> None:
        """Take up what was laid in, and append its messages in this round."""
        found = self._read() if self._intake.ready() else []
        if not found:
            return
        try:
            taken = self._intake.take([(content.data, sender) for _, sender, content in found])
        except LogBusy as error:
            self._log.warning("log_busy", files=len(found), error=str(error))
            return
        commit.on_failure(lambda error: self._forget([path for path, _, _ in found], error))
        for (path, _, content), placed in zip(found, taken, strict=True):
            waiting = _Waiting(path, content.identity, placed)
            self._taken.add(path)
            for index, each in enumerate(placed):
                commit.append(each.stream, [each.data])
                self._waiting.setdefault(each.sha256, []).append((waiting, index))

    def decided(self, settled: Sequence[Settled[Given]]) -> None:
        """Answer what was decided, and lay aside the files of which nothing is left to decide."""
        for each in settled:
            source = each.record.source
            sha256 = None if source is None else source.sha256
            same_bytes = self._waiting.get(sha256 or "")
            if not same_bytes:
                continue
            waiting, index = same_bytes.pop(0)
            if not same_bytes:
                del self._waiting[sha256 or ""]
            waiting.answers[index] = {
                "index": index,
                "outcome": waiting.placed[index].reading.outcome,
                "record": {"seq": each.record.seq, "sha256": each.record.sha256},
                "source": msgspec.to_builtins(source),
                "events": json.loads(encode(each.record.events)),
            }
            if len(waiting.answers) == len(waiting.placed):
                self._decided.append(waiting)
        self._decided = [waiting for waiting in self._decided if not self._lay_aside(waiting)]

    def _read(self) -> list[tuple[Path, str, Content]]:
        """Read whole files that are not taken up yet, with their senders, as many as fit into a round."""
        read: list[tuple[Path, str, Content]] = []
        size = 0
        left, self._left = self._left, {}
        for path, sender in self._found():
            if path in self._taken:
                continue
            try:
                if _just_written(path):
                    continue
                content = files.read_laid_in(path)
            except FileNotFoundError:
                continue
            except (NotReadable, OSError) as error:
                self._left[path] = str(error)
                continue
            read.append((path, sender, content))
            size += len(content.data)
            if len(read) == FILES_AT_ONCE or size >= BYTES_AT_ONCE:
                self._left = left | self._left  # what was not looked at this time
                break
        for path in self._left.keys() - left.keys():
            self._log.warning("file_left", file=str(path), why=self._left[path])
        return read

    def _found(self) -> Iterator[tuple[Path, str]]:
        """Yield what could be files, with their senders, in the order of their names."""
        for entry in self._listed(self.inside):
            path = Path(entry.path)
            if not entry.is_dir(follow_symlinks=False):
                yield path, LOCAL_SENDER
            elif is_sender(entry.name):
                for each in self._listed(path):
                    yield Path(each.path), entry.name
            else:
                self._left[path] = f"{path}: no sender's name; use letters, digits, dots, hyphens"

    def _listed(self, folder: Path) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                return sorted(
                    (each for each in entries if not each.name.startswith(".")), key=lambda each: each.name
                )
        except OSError as error:
            self._left[folder] = f"{folder}: {error.strerror}"
            return []

    def _lay_aside(self, waiting: _Waiting) -> bool:
        """Write the answer and move the file beside it; False where that is to be tried again."""
        parked = any(
            event["type"] in ("message_parked", "message_set_aside")
            for answer in waiting.answers.values()
            for event in answer["events"]
        )
        folder = self._parked if parked else self._done
        target = _free_name(folder, "-".join(waiting.path.relative_to(self.inside).parts))
        name = target.name.encode("utf-8", "backslashreplace").decode()
        answers = [waiting.answers[index] for index in sorted(waiting.answers)]
        text = json.dumps({"file": name, "messages": answers}, indent=2, ensure_ascii=False) + "\n"
        answer = target.with_name(target.name + ANSWER)
        try:
            folder.mkdir(exist_ok=True)
            answer.write_text(text, encoding="utf-8")
            moved = _move(waiting, target)
            if not moved:
                answer.rename(target.with_name(f"{target.name}.{waiting.placed[0].evidence[:12]}{ANSWER}"))
        except OSError as error:
            if waiting.path not in self._unmoved:
                self._log.warning("file_not_moved", file=str(waiting.path), error=str(error))
            self._unmoved.add(waiting.path)
            return False
        self._taken.discard(waiting.path)
        self._unmoved.discard(waiting.path)
        records = [
            {"book": ledger_book(each["source"]["partition"]), **each["record"]}
            for each in answers[:RECORDS_LOGGED_MAX]
        ]
        self._log.info(
            "file_decided", file=name, messages=len(answers), parked=parked, moved=moved, records=records
        )
        return True

    def _forget(self, paths: list[Path], error: LogError) -> None:
        """Leave files where they are: they are taken up again once the log can be written."""
        self._log.warning("append_failed", files=len(paths), error=str(error))
        for path in paths:
            self._taken.discard(path)
        gone = set(paths)
        self._waiting = {
            sha256: kept
            for sha256, entries in self._waiting.items()
            if (kept := [entry for entry in entries if entry[0].path not in gone])
        }


def is_sender(name: str) -> bool:
    """Return whether messages may carry this as their sender."""
    return bool(_SENDER.match(name))


def _just_written(path: Path) -> bool:
    """Return whether somebody may still be writing; a time of another clock's future is not waited for."""
    return 0 <= time.time() - path.lstat().st_mtime < QUIET_SECONDS


def _move(waiting: _Waiting, target: Path) -> bool:
    """Move the file that was read; False where another, or more, stands there now, still to be read."""
    try:
        if files.identity(waiting.path.lstat()) != waiting.identity:
            return False
        waiting.path.rename(target)
    except FileNotFoundError:
        return False
    if files.identity(target.lstat()) == waiting.identity:
        return True
    _put_back(target, waiting.path)
    return False


def _put_back(target: Path, path: Path) -> None:
    """Give a file that slipped in between two calls its place in `in` again, or the next free one."""
    try:
        path.hardlink_to(target)
        target.unlink()
    except FileExistsError:
        target.rename(_free_name(path.parent, path.name))


def _free_name(folder: Path, name: str) -> Path:
    """Return a path that nothing has; no file takes an answer's name, nor one too long for its answer."""
    while len(os.fsencode(name)) > NAME_BYTES_MAX:
        name = name[:-1]
    if name.endswith(ANSWER):
        name += ".file"
    target, number = folder / name, 1
    while os.path.lexists(target):
        number += 1
        target = folder / f"{name}.{number}"
    return target
