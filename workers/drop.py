"""The drop folder: what is laid into `in` is decided and goes to `done` or `parked` with its answer.

    in/FILE            taken up as the sender `local`; in/SENDER/FILE as that sender
    done/FILE          every message of the file is decided; FILE.answer.json says how
    parked/FILE        the same, where something of it waits for people

A file is read when it is whole: write it under a name that begins with a dot and rename it. It leaves `in`
after the decisions were read back from the log; a process that dies before leaves it there, and reading it
again changes nothing.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import structlog

from schemas.canonical import encode
from workers.core.ledger import Given
from workers.intake import Intake, Placed
from workers.log.commit import GroupCommit
from workers.log.engine import LogError
from workers.loop import Settled

FILES_AT_ONCE = 200
LOCAL_SENDER = "local"
_SENDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")


@dataclass(slots=True)
class _Waiting:
    """A file whose messages are appended; `answers` fills up as they are decided."""

    path: Path
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
        self._log = structlog.get_logger("tallystick.drop")

    @property
    def busy(self) -> bool:
        """Return whether files wait for decisions."""
        return bool(self._taken)

    def advance(self, commit: GroupCommit) -> None:
        """Take up what was laid in, and append its messages in this round."""
        found = self._found()
        if not found:
            return
        items = [(path.read_bytes(), sender) for path, sender in found]
        taken = self._intake.take(items)
        commit.on_failure(lambda error: self._forget([path for path, _ in found], error))
        for (path, _), placed in zip(found, taken, strict=True):
            waiting = _Waiting(path, placed)
            self._taken.add(path)
            for index, each in enumerate(placed):
                commit.append(each.stream, [each.data])
                self._waiting.setdefault(each.sha256, []).append((waiting, index))

    def decided(self, settled: Sequence[Settled[Given]]) -> None:
        """Answer what was decided, and lay aside the files of which nothing is left to decide."""
        for each in settled:
            source = each.record.source
            sha256 = None if source is None else source.sha256
            for waiting, index in self._waiting.pop(sha256 or "", ()):
                waiting.answers[index] = {
                    "index": index,
                    "outcome": waiting.placed[index].reading.outcome,
                    "record": {"seq": each.record.seq, "sha256": each.record.sha256},
                    "source": msgspec.to_builtins(source),
                    "events": json.loads(encode(each.record.events)),
                }
                if len(waiting.answers) == len(waiting.placed):
                    self._lay_aside(waiting)

    def _found(self) -> list[tuple[Path, str]]:
        """Return whole files that are not taken up yet, with their senders, oldest name first."""
        found: list[tuple[Path, str]] = []
        for path in sorted(self.inside.iterdir()):
            if path.name.startswith("."):
                continue
            if path.is_dir() and _SENDER.match(path.name):
                found += [(each, path.name) for each in sorted(path.iterdir()) if _is_whole(each)]
            elif _is_whole(path):
                found.append((path, LOCAL_SENDER))
        return [each for each in found if each[0] not in self._taken][:FILES_AT_ONCE]

    def _lay_aside(self, waiting: _Waiting) -> None:
        parked = any(
            event["type"] in ("message_parked", "message_set_aside")
            for answer in waiting.answers.values()
            for event in answer["events"]
        )
        folder = self._parked if parked else self._done
        target = _free_name(folder, "-".join(waiting.path.relative_to(self.inside).parts))
        answers = [waiting.answers[index] for index in sorted(waiting.answers)]
        answer = json.dumps({"file": target.name, "messages": answers}, indent=2, ensure_ascii=False)
        target.with_name(target.name + ".answer.json").write_text(answer + "\n", encoding="utf-8")
        waiting.path.rename(target)
        self._taken.discard(waiting.path)
        self._log.info("file_decided", file=target.name, messages=len(answers), parked=parked)

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


def _is_whole(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")


def _free_name(folder: Path, name: str) -> Path:
    target, number = folder / name, 1
    while target.exists():
        number += 1
        target = folder / f"{name}.{number}"
    return target
