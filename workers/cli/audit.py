"""`tallystick audit`: exports, and what anybody can check of them offline."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from workers.audit import (
    CannotExport,
    ExportSource,
    Finding,
    NotAnExport,
    decide_again,
    parse_moment,
    replay,
    state_view,
    verify,
)
from workers.audit import export as export_log
from workers.audit.moments import NotAMoment
from workers.bootstrap import open_configured, program_version
from workers.cli import options
from workers.cli.output import console, print_json, print_table
from workers.cli.progress import progress_bars
from workers.settings import load

app = typer.Typer(help="Exports of a log, and what anybody can check of them offline.", no_args_is_help=True)
ExportFolder = Annotated[Path, typer.Argument(help="The folder that `audit export` wrote.")]


class CannotAudit(Exception):  # noqa: N818 - it names what happened
    """There is nothing to audit, or nowhere to write it."""


@app.command("export")
def export(
    *,
    out: Annotated[Path, typer.Option("--out", help="A new folder, or an earlier export to write anew.")],
    data: options.Data = None,
    config: options.Config = None,
    json: options.Json = False,
) -> None:
    """Copy books, inboxes and evidence of a log into a folder that verifies without anything else."""
    engine = open_configured(load(config, data=data), read_only=True)
    try:
        with progress_bars() as tell:
            manifest = export_log(engine, out, program_version=program_version(), progress=tell)
    except CannotExport as error:
        raise CannotAudit(str(error)) from error
    finally:
        engine.close()
    if json:
        print_json(msgspec.to_builtins(manifest))
        return
    print_table(
        f"Exported to {out}",
        ["book", "lines.", "valid.", "void.", "head"],
        [
            [name, str(book.lines), str(book.valid), str(book.void), (book.head or "")[:16]]
            for name, book in manifest.books.items()
        ],
    )


@app.command("verify")
def verify_export(folder: ExportFolder, *, json: options.Json = False) -> int:
    """Check every digest, every chain, every source and every invariant of an export. Exit 1 on a finding."""
    try:
        with progress_bars() as tell:
            verification = verify(folder, tell)
    except NotAnExport as error:
        raise CannotAudit(str(error)) from error
    counts = msgspec.to_builtins(verification.counts)
    if json:
        print_json(
            {
                "verdict": verification.verdict,
                "authenticated": verification.authenticated,
                "counts": counts,
                "findings": msgspec.to_builtins(verification.findings),
            }
        )
        return int(not verification.holds)
    _print_findings(verification.findings)
    counted = ", ".join(f"{value} {name}" for name, value in counts.items() if name != "events")
    console().print(f"{folder}: {verification.verdict} ({counted})", markup=False)
    return int(not verification.holds)


@app.command("replay")
def replay_export(
    folder: ExportFolder,
    *,
    decide: Annotated[
        bool, typer.Option("--decide", help="Decide every message again and compare the events' bytes.")
    ] = False,
    at: options.Moment = None,
    json: options.Json = False,
) -> int:
    """Fold an export to a moment and print the digests of the states; with --decide, decide it all again."""
    try:
        source = ExportSource(folder)
        with progress_bars() as tell:
            replayed = replay(source, until=None if at is None else parse_moment(at), progress=tell)
            again = decide_again(source, progress=tell) if decide else None
    except (NotAnExport, NotAMoment) as error:
        raise CannotAudit(str(error)) from error
    findings = (*replayed.findings, *(() if again is None else again.findings))
    if json:
        print_json(
            {
                "state_digests": replayed.state_digests,
                "decided": None if again is None else again.decided,
                "state": state_view(replayed),
                "findings": msgspec.to_builtins(findings),
            }
        )
        return int(bool(findings))
    _print_findings(findings)
    print_table(
        f"{folder}: {replayed.records} records, {replayed.events} events",
        ["book", "seq.", "state digest"],
        [[name, str(each.seq), each.state_digest[:16]] for name, each in replayed.books.items()],
    )
    if again is not None:
        verdict = "the same bytes" if again.holds else f"{len(again.findings)} findings"
        console().print(f"{again.decided} decisions made again: {verdict}", markup=False)
    return int(bool(findings))


def _print_findings(findings: Iterable[Finding]) -> None:
    for finding in findings:
        console().print(f"finding: {finding}", markup=False)
