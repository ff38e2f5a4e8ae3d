"""The command `tallystick`: exit 0 it holds or is done, 1 a finding, 2 it could not run."""

import io
import os
import sys
from pathlib import Path

from typer import TyperException

from workers.chains.base import ChainError
from workers.cli.application import app
from workers.cli.audit import CannotAudit
from workers.cli.output import Finding
from workers.files import NotReadable
from workers.log.engine import LogError
from workers.log.rule import NewerProgramNeeded
from workers.settings import SettingsError

COULD_NOT_RUN = 2
INTERRUPTED = 130
NO_READER = 141


def main() -> None:
    """Run the command; whatever goes wrong is one line on standard error."""
    if sys.stdout is None:  # `>&-`
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - to the process's end
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a file's name may be no text at all
    sys.exit(_run())


def _run() -> int:
    try:
        result = app(standalone_mode=False)
        sys.stdout.flush()
    except TyperException as error:
        what = error.format_message() or "Missing command."
        return _say(f"{what} (tallystick --help shows what there is)")
    except BrokenPipeError:
        return _end_silently()
    except SystemExit as error:
        if isinstance(error.__context__, BrokenPipeError):  # which typer makes of it
            return _end_silently()
        raise
    except Finding as finding:
        print(f"tallystick: {finding}", file=sys.stderr)
        return 1
    except (LogError, SettingsError, CannotAudit, NewerProgramNeeded, ChainError, NotReadable) as error:
        return _say(str(error))
    except OSError as error:
        where = "" if error.filename is None else f"{error.filename}: "
        return _say(f"{where}{error.strerror or error}")
    except KeyboardInterrupt:
        return INTERRUPTED
    return result if isinstance(result, int) else 0


def _say(text: str) -> int:
    print(f"tallystick: {' '.join(text.split())}", file=sys.stderr)
    return COULD_NOT_RUN


def _end_silently() -> int:
    """Let nothing more be written to a reader who went away (`| head`), as other commands do."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return NO_READER
