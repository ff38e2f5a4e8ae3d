"""Reading the feeds of an account's tokens, from where its book ends, at finality.

Each reading goes on from a block that still stands: a block that stands stands on all before it. Where it is
gone, what was read of the feed is looked at again, down to the last block that stands.

What others do with units is a fact, however it reads: texts that a holder chose are kept as they are or,
where the log could not hold them, by their digest.
"""

from typing import Any

from schemas import amounts
from schemas.canonical import digest
from schemas.events import (
    FeedRead,
    FeedReopened,
    SightingContradicted,
    UnitsBridgedOut,
    UnitsBurned,
    UnitsReceived,
)
from schemas.events.units import BY_DIGEST
from schemas.house import Token
from workers.chains.base import Block, BridgedOut, Burned, Chain, Feed, FeedEvent
from workers.core.ids import sighting_id
from workers.core.transactions import Reading, Rereading, State
from workers.core.transactions.state import ReadFeed, Sighting

BLOCKS_MAX = 2_000
SIGHTINGS_MAX = 200
UNMARKED_BLOCKS_MAX = 1_000
TEXT_MAX = 256


class Feeds:
    """One owner's reading; `_quiet_through` is how far feeds that told nothing were read beyond the book."""

    def __init__(self, chain: Chain, account: str) -> None:
        self._chain = chain
        self._account = account
        self._quiet_through: dict[str, Block] = {}

    def stands(self, state: State, token: Token) -> bool:
        """Return whether the last block that a token's feed was read through is still final."""
        book = state.feeds.get((token.chain, token.token)) or ReadFeed()
        return self._stands(book.read_through, book.blocks.get(book.read_through))

    def read_on(self, state: State, token: Token) -> Reading | Rereading | None:
        """Return what a token's feed tells beyond the book; None where that is nothing worth a record.

        `ChainUnavailable` where the node's answer cannot be believed now.
        """
        book = state.feeds.get((token.chain, token.token)) or ReadFeed()
        recorded = book.read_through
        quiet = self._quiet_through.get(token.token)
        after = recorded if quiet is None else max(recorded, quiet.height)
        feed = self._chain.feed(self._account, token.token, after_height=after, blocks_max=BLOCKS_MAX)
        if feed is None:
            return None
        # Looked at after the feed was read: what was read stands on it.
        if quiet is not None and not self._stands(quiet.height, quiet.hash):
            del self._quiet_through[token.token]
            return None
        if not self._stands(recorded, book.blocks.get(recorded)):
            return self._read_again(token, book)
        told, through = _whole_blocks(feed)
        if not told and through.height - recorded < UNMARKED_BLOCKS_MAX:
            self._quiet_through[token.token] = through
            return None
        mark = FeedRead(
            chain=token.chain,
            token=token.token,
            after_height=recorded,
            block_height=through.height,
            block_hash=through.hash,
        )
        return Reading(tuple(_sighting(token, event) for event in told), mark)

    def _stands(self, height: int, block_hash: str | None) -> bool:
        return block_hash is None or self._chain.block(height).hash == block_hash

    def _read_again(self, token: Token, book: ReadFeed) -> Rereading | None:
        """Return what was read after the last block that stands, all of which is to be read again."""
        now: dict[int, Block] = {}
        after = book.forgotten
        for height, block_hash in sorted(book.blocks.items(), reverse=True):
            block = self._chain.block(height)
            if block.hash == block_hash:
                after = height
                break
            now[height] = block
        if not now:  # it stands again: the node told otherwise a moment ago
            return None
        gone = [each for each in book.sightings.values() if each.block_height > after]
        lowest = min(now)
        mark = FeedReopened(
            chain=token.chain,
            token=token.token,
            after_height=after,
            block_height=lowest,
            block_hash=book.blocks[lowest],
            hash_now=now[lowest].hash,
        )
        return Rereading(tuple(_gone(each, now[each.block_height]) for each in gone), mark)


def _gone(sighting: Sighting, now: Block) -> SightingContradicted:
    return SightingContradicted(
        sighting=sighting.sighting,
        chain=sighting.chain,
        token=sighting.token,
        transaction=sighting.transaction,
        block_height=sighting.block_height,
        block_hash=sighting.block_hash,
        hash_now=now.hash,
    )


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
    return f"{BY_DIGEST}{digest(data)}"
