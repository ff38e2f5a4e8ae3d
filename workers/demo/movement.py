"""One settled movement of the demo, before it is told in any dialect."""

from dataclasses import dataclass, replace

from workers.demo.market import Custodian


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One settled movement as a custodian tells it; quantities are decimal texts of shares.

    `undoes` says that it is reversed by this message; `previous` is the confirmation that is undone.
    """

    custodian: Custodian
    account: str
    isin: str
    quantity: str
    message_id: str
    transaction: str | None
    reference: str | None
    previously_settled: str | None = None
    remaining: str | None = None
    day: str = "2026-11-23"
    direction: str = "RECE"
    transaction_type: str = "TRAD"
    copy: bool = False
    pre_confirmation: bool = False
    undoes: bool = False
    previous: str | None = None

    def again(self) -> "Movement":
        """Return the same movement as a copy under another message id."""
        return replace(self, copy=True, message_id=self.message_id + "C")

    def reversed(self) -> "Movement":
        """Return the reversal of this movement."""
        return replace(self, undoes=True, message_id=self.message_id + "R", previous=self.message_id)

    def settled_again(self) -> "Movement":
        """Return what settles after the reversal: the same, under a message id of its own."""
        return replace(self, message_id=self.message_id + "S")
