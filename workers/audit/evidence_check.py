"""Evidence: what messages name is there, and what is there has the digest that names it."""

import re

import msgspec

from workers.audit.findings import Findings
from workers.audit.folder import ExportSource, file_digest
from workers.audit.progress import Progress
from workers.log.engine import Entry

EVIDENCE = "evidence"

_DIGEST = re.compile(r"[0-9a-f]{64}")


class _Evidence(msgspec.Struct):
    sha256: str


class _Reader(msgspec.Struct):
    profile_sha256: str | None = None


class _Naming(msgspec.Struct):
    evidence: _Evidence | None = None
    reader: _Reader | None = None


_naming = msgspec.json.Decoder(_Naming)


class EvidenceCheck:
    """Which evidence the messages of a log name: the bytes that they were read from, and their profiles."""

    def __init__(self, source: ExportSource, findings: Findings) -> None:
        self._source = source
        self._findings = findings
        self._profiles: set[str] = set()

    def observe_message(self, inbox: str, entry: Entry) -> None:
        """Check that what a message names is there; bytes that are no message name nothing."""
        try:
            message = _naming.decode(entry.value)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return
        if message.evidence is not None:
            self._require(inbox, entry, message.evidence.sha256, "evidence")
        profile = None if message.reader is None else message.reader.profile_sha256
        if profile is not None and profile not in self._profiles:
            self._profiles.add(profile)
            self._require(inbox, entry, profile, "profile")

    def _require(self, inbox: str, entry: Entry, sha256: str, what: str) -> None:
        if _DIGEST.fullmatch(sha256) and self._source.has_evidence(sha256):
            return
        text = f"the message names {what} {sha256[:64]}, which is not there"
        self._findings.add("evidence_missing", inbox, text, seq=entry.position)


def check_evidence_files(source: ExportSource, findings: Findings, progress: Progress) -> int:
    """Hash every file of evidence, and return how many there are."""
    count = 0
    for path in source.evidence_files():
        count += 1
        name = path.relative_to(source.folder).as_posix()
        if not path.is_file() or not _DIGEST.fullmatch(path.name) or path.parent.name != path.name[:2]:
            findings.add("evidence_misnamed", EVIDENCE, f"{name} is not named by a digest")
        elif (found := file_digest(path)) != path.name:
            findings.add("evidence_differs", EVIDENCE, f"{name} has the digest {found}")
        if count % 100 == 0:
            progress(EVIDENCE, count, 0)
    return count
