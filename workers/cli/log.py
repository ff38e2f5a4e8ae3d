"""`tallystick log`: the records of a log, as they stand."""

import json as json_module
from pathlib import Path
from typing import Annotated, Any

import typer

from schemas.streams import is_book
from workers.audit import NotAnExport
from workers.audit.manifest import NAME as MANIFEST
from workers.audit.progress import Progress
from workers.bootstrap import append_genesis, development_log, log_path, make_folder, open_configured
from workers.cli import options
from workers.cli.output import console, wait_for_more
from workers.cli.progress import progress_bars
from workers.copying import Copied, copy
from workers.house_view import first_message
from workers.log.engine import Engine, LogUnusable
from workers.log.rule import Chain, Void
from workers.log.sqlite import SqliteEngine
from workers.observability import configure_logs
from workers.restoring import Restored, restore_from_export, restore_from_log
from workers.settings import Settings, load
from workers.snapshot_writing import write_snapshots

app = typer.Typer(help="The records of a log.", no_args_is_help=True)
READ_LIMIT = 1_000
FOLLOW_SECONDS = 0.2


@app.callback()
def log() -> None:
    """Show the records of a log."""


@app.command("show")
def show(
    *,
    book: Annotated[str | None, typer.Option(help="One book, for example ledger-0.")] = None,
    first: Annotated[int, typer.Option("--from", min=1, help="The first record number to show.")] = 1,
    follow: Annotated[bool, typer.Option("--follow", help="Go on as records are appended.")] = False,
    data: options.Data = None,
    config: options.Config = None,
    json: options.Json = False,
) -> None:
    """Show records, readable or as they are stored (`--json`); void records are marked."""
    engine = open_configured(load(config, data=data), read_only=True)
    try:
        places: dict[str, tuple[Chain, int]] = {}
        while True:
            books = [stream for stream in engine.streams() if is_book(stream)]
            if book is not None and book not in books:
                raise typer.BadParameter(f"no book {book}; there are {', '.join(books)}", param_hint="--book")
            for name in books if book is None else [book]:
                chain, position = places.get(name, (Chain(name), 0))
                places[name] = chain, _show_book(engine, chain, position, first, json=json)
            if not follow:
                return
            wait_for_more(FOLLOW_SECONDS)
    finally:
        engine.close()


@app.command("create")
def create(*, config: options.Config = None) -> None:
    """Append the genesis of a development log where there is none; one of this name stays as it is."""
    settings = load(config)
    engine = open_configured(settings)
    try:
        created = append_genesis(engine, development_log(settings))
        genesis = first_message(engine)
        if genesis is None or (genesis.rule.log, genesis.rule.partitions) != (
            settings.log,
            settings.partitions,
        ):
            raise LogUnusable(
                f"another log is there, or none of ours; nothing was appended for {settings.log}"
            )
    finally:
        engine.close()
    what = "created the log" if created else "there already: the log"
    console().print(f"{what} {settings.log}", markup=False)


@app.command("snapshot")
def snapshot(
    *,
    out: Annotated[
        Path | None, typer.Option("--out", help="The folder; without it, the settings' worker.snapshots.")
    ] = None,
    data: options.Data = None,
    config: options.Config = None,
) -> None:
    """Write the folded state of every ledger book, where workers begin to read; run it now and then.

    It goes on from the snapshots that are there. Losing one costs nothing but time.
    """
    configure_logs(level="warning")
    settings = load(config, data=data)
    folder = out or settings.worker.snapshots
    if folder is None:
        raise typer.BadParameter("name a folder, or set worker.snapshots", param_hint="--out")
    engine = open_configured(settings, read_only=True)
    try:
        with progress_bars() as tell:
            written = write_snapshots(engine, folder, tell)
    finally:
        engine.close()
    for each in written:
        console().print(
            f"{each.book} up to seq {each.seq}, {each.read} records read: {each.file}", markup=False
        )


@app.command("copy")
def copy_log(
    *,
    source: Annotated[
        Path, typer.Option("--from", help="A folder of an embedded log, or a file of settings.")
    ],
    target: Annotated[Path, typer.Option("--to", help="The same, of an empty log.")],
) -> None:
    """Copy a log byte for byte into an empty one, whatever holds it, and compare the copy with it."""
    original = open_configured(_settings_at(source), read_only=True)
    try:
        copied = _copy_into(original, _settings_at(target))
    finally:
        original.close()
    console().print(
        f"copied and compared: {copied.entries} entries of {copied.streams} streams, "
        f"{copied.evidence} pieces of evidence",
        markup=False,
    )


@app.command("restore")
def restore_log(
    *,
    source: Annotated[
        Path, typer.Option("--from", help="An export, a folder of an embedded log, or a file of settings.")
    ],
    target: Annotated[Path, typer.Option("--to", help="The log that lost its end: a folder or a file.")],
) -> None:
    """Append to a log that lost its end what a surviving copy holds, byte for byte. Stop everybody before.

    Nothing is appended where the copy does not verify, or where the log holds other bytes than the copy.
    """
    engine = open_configured(_settings_at(target))
    try:
        with progress_bars() as tell:
            restored = _restore(source, engine, tell)
    except NotAnExport as error:
        raise LogUnusable(str(error)) from error
    finally:
        engine.close()
    for stream, count in restored.entries.items():
        console().print(f"{stream}: {count} entries appended again", markup=False)
    total = sum(restored.entries.values())
    console().print(
        f"{total} entries and {restored.evidence} pieces of evidence appended again", markup=False
    )


def _restore(source: Path, engine: Engine, progress: Progress) -> Restored:
    if (source / MANIFEST).is_file():
        return restore_from_export(source, engine, progress)
    copy = open_configured(_settings_at(source), read_only=True)
    try:
        return restore_from_log(copy, engine, progress)
    finally:
        copy.close()


def _copy_into(original: Engine, settings: Settings) -> Copied:
    if settings.kafka is None:
        make_folder(settings.data)
    engine = open_configured(settings) if settings.kafka else SqliteEngine(log_path(settings.data))
    try:
        return copy(original, engine)
    finally:
        engine.close()


def _settings_at(where: Path) -> Settings:
    """Return the settings in a file, or those of the embedded log in a folder."""
    return load(where) if where.is_file() else load(None, data=where)


def _show_book(engine: Engine, chain: Chain, position: int, first: int, *, json: bool) -> int:
    """Show a book from a position on; return the position after its end."""
    while entries := engine.read(chain.book, position, READ_LIMIT):
        for entry in entries:
            position = entry.position + 1
            found = chain.advance(entry.value)
            if chain.seq < first:
                continue
            if json:
                print(entry.value.decode("utf-8", "backslashreplace"), flush=True)
            elif isinstance(found, Void):
                console().print(f"{chain.book} void: {found.why}", markup=False)
            else:
                _print_record(json_module.loads(entry.value))
    return position


def _print_record(record: dict[str, Any]) -> None:
    source = record["source"]
    where = (
        "own"
        if source is None
        else f"{source['topic']}-{source['partition']}@{source['offset']}"
        if "topic" in source
        else f"{source['book']} {source['seq']}"
    )
    out = console()
    out.print(f"{record['book']} {record['seq']}  {record['recorded_at']}  from {where}", markup=False)
    for event in record["events"]:
        fields = ", ".join(
            f"{name} {_short(value)}" for name, value in event.items() if name not in ("type", "v")
        )
        out.print(f"    {event['type']}: {fields}", markup=False)


def _short(value: Any) -> str:  # noqa: ANN401 - any JSON value
    text = value if isinstance(value, str) else json_module.dumps(value, ensure_ascii=False)
    return text if len(text) <= 48 else f"{text[:12]}..."  # noqa: PLR2004 - fits a terminal's line
