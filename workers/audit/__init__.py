"""The auditor's side: exporting a log, and verifying, replaying and showing it without trusting anybody."""

from workers.audit.check_log import check_log
from workers.audit.decide_again import DecidedAgain, decide_again
from workers.audit.export import CannotExport, export
from workers.audit.findings import Finding
from workers.audit.folder import ExportSource
from workers.audit.manifest import NotAnExport
from workers.audit.moments import AtInstant, AtRecord, Moment, NotAMoment, parse_moment
from workers.audit.replay import Folded, Replay, replay
from workers.audit.sources import EngineSource, Source
from workers.audit.state_view import state_view
from workers.audit.verify import Counts, Verification, verify

__all__ = [
    "AtInstant",
    "AtRecord",
    "CannotExport",
    "Counts",
    "DecidedAgain",
    "EngineSource",
    "ExportSource",
    "Finding",
    "Folded",
    "Moment",
    "NotAMoment",
    "NotAnExport",
    "Replay",
    "Source",
    "Verification",
    "check_log",
    "decide_again",
    "export",
    "parse_moment",
    "replay",
    "state_view",
    "verify",
]
