"""Why an order cannot take effect: a code, and what it speaks of."""

from dataclasses import dataclass

from schemas.events.house import OrderRefusalCode


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why an order cannot take effect, and what the code speaks of."""

    code: OrderRefusalCode
    subject: str
