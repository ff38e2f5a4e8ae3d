"""The JSON object that `tallystick read --json` prints for one reading (the public contract, section 2)."""

from typing import Any

import msgspec

from workers.ingest.reading import Reading


def printed(reading: Reading, *, file: str, index: int) -> dict[str, Any]:
    """Return the object with exactly the contract's keys, in its order; absent values are None.

    `index` counts the readings of the file from 0.
    """
    return {
        "file": file,
        "index": index,
        "legs": reading.legs,
        "outcome": reading.outcome,
        "dialect": reading.dialect,
        "confirmation": msgspec.to_builtins(reading.confirmation),
        "statement": msgspec.to_builtins(reading.statement),
        "reason": msgspec.to_builtins(reading.reason),
        "warnings": list(reading.warnings),
    }
