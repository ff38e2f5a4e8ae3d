"""What the others do with a message, which is much less than the core does: add up shares by instrument."""

import json
import time
from typing import Any

import msgspec

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class Totals:
    """Shares by instrument."""

    def __init__(self) -> None:
        self._shares: dict[str, int] = {}

    def add(self, partition: int, offset: int, data: bytes) -> tuple[bytes, bytes]:
        """Add a confirmation; return the key and the value of the one output."""
        message: dict[str, Any] = _decode(data)
        instrument: str = message["instrument"]
        shares = self._shares.get(instrument, 0) + int(message["body"]["quantity"])
        self._shares[instrument] = shares
        output = {
            "decided_at": int(time.time() * 1000),
            "instrument": instrument,
            "offset": offset,
            "partition": partition,
            "shares": str(shares),
        }
        return instrument.encode(), _encode(output)


def place(value: bytes) -> tuple[int, int]:
    """Return of which input an output is."""
    output = json.loads(value)
    return output["partition"], output["offset"]


def decided_at(value: bytes) -> float:
    """Return when an output was made, in seconds of 1970."""
    milliseconds: int = json.loads(value)["decided_at"]
    return milliseconds / 1000
