"""The reader of SWIFT MT messages: which type a message is, and what is done with it."""

from typing import Final

from schemas.confirmation import ReadingCode, Reason
from workers.ingest import reading
from workers.ingest.mt import envelope, header, mt54x, mt535, text_block
from workers.ingest.mt.envelope import Enveloped
from workers.ingest.profiles import Profiles
from workers.ingest.reading import Meaning, Reading, Unreadable

NAME = "mt"
VERSION = "1"

INFORMATION: Final[dict[str, ReadingCode]] = {
    "540": "instruction",
    "541": "instruction",
    "542": "instruction",
    "543": "instruction",
    "548": "status_advice",
}
READ: Final = frozenset({*INFORMATION, *mt54x.TYPES, mt535.TYPE})
_SENTENCES: Final = {
    "instruction": "An instruction: nothing has settled by it.",
    "status_advice": "The status of an instruction: nothing has settled by it.",
}


def read(data: bytes, *, profiles: Profiles, lenient: bool) -> list[Reading]:
    """Return the readings of each message of the file, in its order; `Unreadable` parks the file."""
    return [
        one
        for message in envelope.messages(data)
        for one in _read(message, profiles=profiles, lenient=lenient)
    ]


def _read(message: Enveloped, *, profiles: Profiles, lenient: bool) -> list[Reading]:
    kind = header.message_type(message)
    dialect = kind and f"MT{kind}"
    warnings: list[str] = []
    try:
        meaning = _meaning(message, kind, profiles=profiles, lenient=lenient, warnings=warnings)
    except Unreadable as unreadable:
        return [reading.parked(unreadable, reader=NAME, version=VERSION, dialect=dialect)]
    return reading.readings(
        meaning, reader=NAME, version=VERSION, dialect=dialect or "", warnings=tuple(warnings)
    )


def _meaning(
    message: Enveloped, kind: str | None, *, profiles: Profiles, lenient: bool, warnings: list[str]
) -> Meaning:
    if kind not in READ and message.basic is not None:
        described = f"An MT{kind}" if kind else "A FIN message of no type"
        raise Unreadable("unknown_message_type", f"{described}, which is not read.", "{2:}")
    if message.refused is not None:
        raise message.refused
    assert kind is not None, "a message without a basic header is refused"
    if kind in INFORMATION:
        code = INFORMATION[kind]
        return Reason(code=code, text=_SENTENCES[code], where="{2:}")
    sender = header.read(message)
    block = text_block.read(message.text, message.line)
    if kind == mt535.TYPE:
        return mt535.read(block, sender, lenient=lenient, warnings=warnings)
    return mt54x.read(block, mt54x.TYPES[kind], sender, profiles=profiles, lenient=lenient, warnings=warnings)
