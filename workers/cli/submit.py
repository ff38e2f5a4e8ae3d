"""`tallystick submit`: append what files say to the inboxes of a log."""

from pathlib import Path
from typing import Annotated

import typer

from workers.audit import check_log
from workers.bootstrap import now, open_configured, partitions_of
from workers.cli import options
from workers.cli.output import Finding, console, print_json, printable
from workers.drop import LOCAL_SENDER, is_sender
from workers.files import read_named
from workers.intake import Intake, Placed
from workers.log.commit import GroupCommit
from workers.log.ownership import is_owned
from workers.log.sqlite import SqliteEngine
from workers.settings import load


def submit(
    files: Annotated[list[Path], typer.Argument(help="Files of any dialect, also requests and orders.")],
    *,
    sender: Annotated[str, typer.Option(help="Who sends this; custody accounts name their senders.")] = (
        LOCAL_SENDER
    ),
    data: options.Data = None,
    config: options.Config = None,
    json: options.Json = False,
) -> int:
    """Append messages to the inbox; a worker decides them. Exit 1 when anything was parked."""
    if not is_sender(sender):
        raise typer.BadParameter(
            f"{sender!r} is no sender's name; use letters, digits, dots, hyphens", param_hint="--sender"
        )
    settings = load(config, data=data)
    contents = [(read_named(path), sender) for path in files]
    engine = open_configured(settings)
    try:
        if isinstance(engine, SqliteEngine):  # on Kafka the workers check what they read
            _refuse_what_does_not_verify(settings.data, engine)
        intake = Intake(
            engine,
            partitions=partitions_of(engine),
            profiles=settings.reading_profiles(),
            now=now,
        )
        taken = intake.take(contents)
        commit = GroupCommit()
        for placed in taken:
            for each in placed:
                commit.append(each.stream, [each.data])
        commit.flush(engine)
    finally:
        engine.close()
    for path, placed in zip(files, taken, strict=True):
        for index, each in enumerate(placed):
            _show(path, index, each, json=json)
    return int(any(each.reading.outcome == "parked" for placed in taken for each in placed))


def _refuse_what_does_not_verify(data: Path, engine: SqliteEngine) -> None:
    """Check the log where nobody runs on it; whoever runs checked it when they started."""
    if is_owned(data):
        return
    engine.check()
    findings = check_log(engine)
    if findings:
        raise Finding(f"{data}: {findings[0]}; nothing was appended, restore a copy that verifies")


def _show(path: Path, index: int, placed: Placed, *, json: bool) -> None:
    reason = placed.reading.reason
    if json:
        print_json(
            {
                "file": printable(path),
                "index": index,
                "outcome": placed.reading.outcome,
                "dialect": placed.reading.dialect,
                "reason": None if reason is None else {"code": reason.code, "text": reason.text},
                "evidence": placed.evidence,
                "stream": placed.stream,
                "message": placed.sha256,
            }
        )
        return
    why = "" if reason is None else f"  {reason.code}: {reason.text}"
    console().print(
        f"{printable(path)} #{index}  {placed.reading.outcome}  to {placed.stream}{why}", markup=False
    )
