"""`tallystick state`: what the log says there is, at its end or at a moment."""

from typing import Annotated

import typer

from workers.audit import EngineSource, parse_moment, replay, state_view
from workers.audit.moments import NotAMoment
from workers.bootstrap import open_configured
from workers.cli import options
from workers.cli.output import Finding, print_json
from workers.cli.progress import progress_bars
from workers.cli.state_tables import print_state
from workers.settings import load


def state(
    *,
    at: options.Moment = None,
    instrument: Annotated[str | None, typer.Option("--instrument", help="One instrument alone.")] = None,
    data: options.Data = None,
    config: options.Config = None,
    json: options.Json = False,
) -> None:
    """Fold the log and show what is held, outstanding and open."""
    try:
        until = None if at is None else parse_moment(at)
    except NotAMoment as error:
        raise typer.BadParameter(str(error), param_hint="--at") from error
    engine = open_configured(load(config, data=data), read_only=True)
    try:
        with progress_bars() as tell:
            replayed = replay(EngineSource(engine), until=until, progress=tell)
    finally:
        engine.close()
    view = state_view(replayed, instrument=instrument)
    if json:
        print_json(view)
    else:
        print_state(view)
    if replayed.findings:
        raise Finding(str(replayed.findings[0]))
