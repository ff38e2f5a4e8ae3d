"""The command `tallystick`: exit 0 it holds or is done, 1 a finding, 2 it could not run."""

import sys

from typer import TyperException

from workers.chains.base import ChainError
from workers.cli.application import app
from workers.cli.output import Finding
from workers.log.engine import LogError
from workers.log.rule import NewerProgramNeeded
from workers.settings import SettingsError

COULD_NOT_RUN = 2
INTERRUPTED = 130


def main() -> None:
    """Run the command; whatever goes wrong is one line on standard error."""
    sys.exit(_run())


def _run() -> int:
    try:
        result = app(standalone_mode=False)
    except TyperException as error:
        return _say(f"{error.format_message()} (tallystick --help shows what there is)")
    except Finding as finding:
        print(f"tallystick: {finding}", file=sys.stderr)
        return 1
    except (LogError, SettingsError, NewerProgramNeeded, ChainError, OSError) as error:
        return _say(str(error))
    except KeyboardInterrupt:
        return INTERRUPTED
    return result if isinstance(result, int) else 0


def _say(text: str) -> int:
    print(f"tallystick: {' '.join(text.split())}", file=sys.stderr)
    return COULD_NOT_RUN
