"""Canonical JSON: the one encoding of everything on the log.

UTF-8, keys sorted by code point, no insignificant white space, no duplicate keys; strings escaped as in
RFC 8785 section 3.2.2.2; integers below 2^53 in magnitude; no floats. The bytes as stored are what is hashed.
"""

import hashlib
import json
from typing import Any, NoReturn

import msgspec

INTEGER_MAX = 2**53 - 1

_encoder = msgspec.json.Encoder(order="sorted")


class NotCanonical(ValueError):  # noqa: N818 - it names the finding
    """The bytes are not canonical JSON; the sentence says where they part from it."""


def encode(value: Any) -> bytes:  # noqa: ANN401 - any JSON value or dataclass of JSON values
    """Encode dataclasses, dictionaries, sequences, strings, integers, booleans and None.

    Floats and unpaired surrogates never reach the log: the first are refused by the types of every message
    and event, the second here with a `UnicodeEncodeError`.
    """
    return _encoder.encode(value)


def decode(data: bytes) -> Any:  # noqa: ANN401
    """Decode canonical JSON and refuse everything else, naming the first difference."""
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_int=_integer,
            parse_float=_no_float,
            parse_constant=_no_float,
        )
    except UnicodeDecodeError as error:
        raise NotCanonical(f"byte {error.start} is not UTF-8") from error
    except RecursionError as error:
        raise NotCanonical("nested too deeply") from error
    except json.JSONDecodeError as error:
        raise NotCanonical(f"not JSON: {error}") from error
    try:
        again = encode(value)
    except UnicodeEncodeError as error:
        raise NotCanonical("an unpaired surrogate") from error
    if again != data:
        at = next((i for i, (a, b) in enumerate(zip(data, again, strict=False)) if a != b), len(again))
        raise NotCanonical(f"not canonical from byte {at} on")
    return value


def digest(data: bytes) -> str:
    """SHA-256 over exactly these bytes, in lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise NotCanonical(f"a key occurs twice among {sorted(key for key, _ in pairs)}")
    return result


def _integer(text: str) -> int:
    if len(text) > len(str(INTEGER_MAX)) + 1 or abs(int(text)) > INTEGER_MAX:
        raise NotCanonical(f"the integer {text[:24]} is not below 2^53")
    return int(text)


def _no_float(text: str) -> NoReturn:
    raise NotCanonical(f"the number {text[:24]} is not an integer; amounts are decimal strings")
