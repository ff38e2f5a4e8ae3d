"""What happened to a token's units at finality without us: what a node's feed tells of it."""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass

from workers.chains.base import Block, BridgedOut, Burned, FeedEvent, Place, Received
from workers.chains.simulated.actions import BridgeOut, HolderBurn, Send, Transfer
from workers.chains.simulated.transactions import Transaction


@dataclass(frozen=True, slots=True)
class Movement:
    """An event of a token; an arrival is told at the `address` that it came to, all else at every one."""

    token: str
    address: str | None
    event: FeedEvent


class Movements:
    """Final movements by token, in the order of the chain."""

    def __init__(self) -> None:
        self._by_token: defaultdict[str, list[Movement]] = defaultdict(list)

    def add(self, transaction: Transaction, block: Block, index: int) -> None:
        """Take up a transaction that acted, at this index of a final block."""
        movement = _movement(transaction, Place(block=block, transaction=transaction.hash, index=index))
        if movement is not None:
            self._by_token[movement.token].append(movement)

    def drop_after(self, height: int) -> None:
        """Forget what happened above a height."""
        for token, found in self._by_token.items():
            self._by_token[token] = found[: bisect_right(found, height, key=_height)]

    def read(self, token: str, account: str, after_height: int, through_height: int) -> list[FeedEvent]:
        """Return what an account is told of a token, after a height and up to another."""
        found = self._by_token.get(token, [])
        first = bisect_right(found, after_height, key=_height)
        last = bisect_right(found, through_height, key=_height)
        return [each.event for each in found[first:last] if each.address in (None, account)]


def _height(movement: Movement) -> int:
    return movement.event.place.block.height


def _movement(transaction: Transaction, place: Place) -> Movement | None:
    action, actor = transaction.action, transaction.account
    if isinstance(action, Send | Transfer):
        if action.recipient == actor:
            return None
        event: FeedEvent = Received(place=place, sender=actor, base_amount=int(action.base_amount))
        return Movement(action.token, action.recipient, event)
    if isinstance(action, HolderBurn):
        event = Burned(place=place, holder=actor, base_amount=int(action.base_amount))
        return Movement(action.token, None, event)
    if isinstance(action, BridgeOut):
        event = BridgedOut(
            place=place,
            holder=actor,
            base_amount=int(action.base_amount),
            destination=action.destination,
            recipient=action.recipient,
        )
        return Movement(action.token, None, event)
    return None
