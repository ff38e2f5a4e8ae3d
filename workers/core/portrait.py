"""The portrait of a state: the same value for the same state, whatever the machine, engine or day.

Two folds of one log are compared by its digest (INV-009).
"""

from dataclasses import fields, is_dataclass
from typing import Any

from schemas.canonical import digest, encode


def portrait(state: Any) -> Any:  # noqa: ANN401 - any state of the core
    """Return the state as JSON: integers as decimal text (they exceed 2^53), sets sorted, order kept."""
    if state is None or isinstance(state, str | bool):
        return state
    if isinstance(state, int):
        return str(state)
    if is_dataclass(state):
        return {field.name: portrait(getattr(state, field.name)) for field in fields(state)}
    if isinstance(state, dict):
        return [[portrait(key), portrait(value)] for key, value in state.items()]
    if isinstance(state, set | frozenset):
        return sorted((portrait(each) for each in state), key=encode)
    return [portrait(each) for each in state]


def state_digest(state: Any) -> str:  # noqa: ANN401
    """Return the SHA-256 of the state's portrait."""
    return digest(encode(portrait(state)))
