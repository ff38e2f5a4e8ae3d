"""Reading the feeds of an account's tokens, from where its book ends, at finality.

What others do with units is a fact, however it reads: texts that a holder chose are kept as they are or,
where the log could not hold them, by their digest.
"""

from typing import Any

from schemas import amounts
from schemas.canonical import digest
from schemas.events import FeedRead, UnitsBridgedOut, UnitsBurned, UnitsReceived
from schemas.house import Token
from workers.chains.base import Block, BridgedOut, Burned, Chain, Feed, FeedEvent
from workers.core.ids import sighting_id
from workers.core.transactions import Reading, State
from workers.core.transactions.state import Sighting

BLOCKS_MAX = 2_000
SIGHTINGS_MAX = 200
UNMARKED_BLOCKS_MAX = 1_000
TEXT_MAX = 256


class Feeds:
    """One owner's reading; `_quiet_through` is how far feeds that told nothing were read beyond the book."""

    def __init__(self, chain: Chain, account: str) -> None:
        self._chain = chain
        self._account = account
        self._quiet_through: dict[str, int] = {}

    def read_on(self, state: State, token: Token) -> Reading | None:
        """Return what a token's feed tells beyond the book; None where that is nothing worth a record.

        `ChainUnavailable` where the node's answer cannot be believed now.
        """
        recorded = state.read_through.get((token.chain, token.token), 0)
        after = max(recorded, self._quiet_through.get(token.token, 0))
        feed = self._chain.feed(self._account, token.token, after_height=after, blocks_max=BLOCKS_MAX)
        if feed is None:
            return None
        told, through = _whole_blocks(feed)
        if not told and through.height - recorded < UNMARKED_BLOCKS_MAX:
            self._quiet_through[token.token] = through.height
            return None
        mark = FeedRead(
            chain=token.chain,
            token=token.token,
            after_height=recorded,
            block_height=through.height,
            block_hash=through.hash,
        )
        return Reading(tuple(_sighting(token, event) for event in told), mark)


def _whole_blocks(feed: Feed) -> tuple[list[FeedEvent], Block]:
    """Return as many events as a record should hold, and at least the first block's, with the last block."""
    # A token that moves nothing is no event: anybody can send an address zero units of anything.
    told = [event for event in feed.events if event.base_amount]
    if len(told) <= SIGHTINGS_MAX:
        return told, feed.through
    height = told[SIGHTINGS_MAX].place.block.height
    before = [event for event in told if event.place.block.height < height]
    if not before:
        before = [event for event in told if event.place.block.height == height]
    return before, before[-1].place.block


def _sighting(token: Token, event: FeedEvent) -> Sighting:
    place = event.place
    seen: dict[str, Any] = {
        "sighting": sighting_id(token.chain, place.transaction, place.index),
        "chain": token.chain,
        "token": token.token,
        "units": amounts.text(amounts.from_base_amount(event.base_amount, token.decimals)),
        "transaction": place.transaction,
        "index": place.index,
        "block_height": place.block.height,
        "block_hash": place.block.hash,
    }
    if isinstance(event, Burned):
        return UnitsBurned(**seen, holder=_kept(event.holder))
    if isinstance(event, BridgedOut):
        return UnitsBridgedOut(
            **seen,
            holder=_kept(event.holder),
            destination=_kept(event.destination),
            recipient=_kept(event.recipient),
        )
    return UnitsReceived(**seen, sender=_kept(event.sender))


def _kept(text: str) -> str:
    """Return a text that somebody else chose, or its digest where it is empty, too long or no text."""
    data = text.encode(errors="surrogatepass")
    if 0 < len(text) <= TEXT_MAX and data == text.encode(errors="replace"):
        return text
    return f"sha256:{digest(data)}"
