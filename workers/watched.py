"""What the ledger says of units that others move: whose feeds an account reads, and what is decided."""

from collections import defaultdict

from schemas.events import (
    BridgeContradicted,
    BridgeRestored,
    BridgeStarted,
    BurnRecorded,
    HolderBurnContradicted,
    HouseRuleApplied,
    ReceiptContradicted,
    ReceiptParked,
    ReceiptRestored,
    TokensReceived,
)
from schemas.house import RegisterInstrument, Token
from schemas.registry import Event
from schemas.streams import ledger_book, partition_of

_Decided = BurnRecorded | ReceiptParked | ReceiptRestored | TokensReceived | BridgeStarted | BridgeRestored
_Contradicted = HolderBurnContradicted | ReceiptContradicted | BridgeContradicted


class Watched:
    """Folded from the valid records of all ledger books.

    `tokens` are an account's by (chain, token), known once the instrument's own book knows them.
    `decided` holds every sighting that the ledger believes, with the hash of its block, `contradicted` up to
    which record of its account the ledger knows that one was not there.
    """

    def __init__(self, partitions: int) -> None:
        self.partitions = partitions
        self.tokens: defaultdict[str, dict[tuple[str, str], Token]] = defaultdict(dict)
        self.instruments: dict[tuple[str, str], str] = {}
        self.decided: dict[str, str] = {}
        self.contradicted: dict[str, int] = {}

    def apply(self, book: str, event: Event) -> None:
        """Take up the next event of a ledger book."""
        if isinstance(event, _Decided):
            self.decided[event.sighting] = event.block_hash
        elif isinstance(event, _Contradicted):
            self.decided.pop(event.sighting, None)
            self.contradicted[event.sighting] = event.account_seq
        elif isinstance(event, HouseRuleApplied) and isinstance(event.rule, RegisterInstrument):
            self._register(book, event.rule)

    def book_of(self, instrument: str) -> int:
        """Return the partition that an instrument is decided in."""
        return partition_of(instrument, self.partitions)

    def _register(self, book: str, rule: RegisterInstrument) -> None:
        if book != ledger_book(self.book_of(rule.instrument)):
            return
        for token in rule.tokens:
            place = (token.chain, token.token)
            for others in self.tokens.values():
                others.pop(place, None)
            self.tokens[token.account][place] = token
            self.instruments[place] = rule.instrument
