"""Counters: the only integers on the log, below 2^53."""

from typing import Annotated

import msgspec
from pydantic import Field

from schemas.canonical import INTEGER_MAX

Ordinal = Annotated[int, Field(ge=1, le=INTEGER_MAX), msgspec.Meta(ge=1, le=INTEGER_MAX)]
"""Counts from 1: numbers, parts, attempts."""

Height = Annotated[int, Field(ge=0, le=INTEGER_MAX), msgspec.Meta(ge=0, le=INTEGER_MAX)]
"""Counts from 0: block heights, offsets."""

Decimals = Annotated[int, Field(ge=0, le=18), msgspec.Meta(ge=0, le=18)]
"""The places of a token's smallest unit."""

Seconds = Annotated[int, Field(ge=1, le=366 * 86_400), msgspec.Meta(ge=1, le=366 * 86_400)]
"""How long something may take, at most a year."""

Count = Annotated[int, Field(ge=1, le=1_000_000)]
"""How many of something policy allows."""
