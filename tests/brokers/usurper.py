"""Somebody who takes a book over and leaves it: what its owner has under way then is void."""

from schemas.envelope import encode_record
from schemas.events import OwnerStarted
from workers.bootstrap import now
from workers.log.engine import Engine
from workers.log.follower import Follower

OWNER = "usurper-0-0"


def usurp(engine: Engine, book: str) -> None:
    """Append a start to the book's end, as a worker does that was given it; void where others were faster."""
    follower = Follower(engine, book)
    for _ in follower.advance():
        continue
    start = encode_record(
        book=book,
        seq=follower.chain.seq + 1,
        prev=follower.chain.head,
        owner=OWNER,
        recorded_at=now(),
        source=None,
        events=(OwnerStarted(program="usurper"),),
    )
    engine.append({book: [start]})
