"""The executor: the loop on one signing account, from authorized mints to the chain's last word.

Sign, record the bytes, read the record back, then broadcast. What a broadcast answers decides nothing: the
guard and the fate of the transaction, read at finality, decide. Everything that is owed (a broadcast, a
report to the ledger) is derived from the book and the ledger, so a new owner owes what the old one did.
"""

from collections.abc import Iterator
from typing import Literal

import structlog

from schemas import amounts, instants
from schemas.envelope import encode_message
from schemas.events import MintAuthorized, MintClosed, MintConfirmed, TransactionSent, TransactionSigned
from schemas.messages import CHAIN, RecordName
from schemas.registry import Event
from schemas.streams import inbox_stream, partition_number, transactions_book
from workers.authorizations import Authorizations
from workers.chains.base import Chain, ChainRefused, ChainUnavailable, MintCall, SignedTransaction
from workers.core import transactions
from workers.core.transactions import Observation, State, Work
from workers.core.transactions.state import Attempt, OpenMint
from workers.log.commit import GroupCommit
from workers.log.engine import Engine
from workers.observer import observe, receipt
from workers.runner import Runner, Surroundings

SIGNED_AT_ONCE = 200
RESEND_POLLS = 10


class TransactionsDecider:
    """A signing account's decider, as the loop calls it."""

    def initial(self, _book: str) -> State:
        """Return the state of a book without records."""
        return transactions.initial()

    def decide(self, state: State, given: Work | Observation) -> Iterator[Event]:
        """Take work on, or record what was seen."""
        return transactions.decide(state, given)

    def evolve(self, state: State, event: Event) -> None:
        """Apply an event."""
        transactions.evolve(state, event)

    def set_aside(self, given: Work | Observation, error: str) -> Iterator[Event]:
        """Refuse: a book of transactions sets nothing aside, its owner stops."""
        raise RuntimeError(f"{error} on {type(given).__name__}; a transactions book sets nothing aside")


class Executor:
    """One signing account in one process.

    `confirmed` is the book as read back; only what it holds is acted on.
    """

    def __init__(
        self,
        engine: Engine,
        account: str,
        chain: Chain,
        authorizations: Authorizations,
        around: Surroundings,
        *,
        poll_seconds: float = 1.0,
    ) -> None:
        self.account = account
        self.runner: Runner[State, Work | Observation] = Runner(
            engine, transactions_book(account), TransactionsDecider(), around
        )
        self.chain = chain
        self._authorizations = authorizations
        self._around = around
        self._poll_seconds = poll_seconds
        self._log = structlog.get_logger("tallystick.executor").bind(account=account, chain=chain.name)
        self._begin()

    def advance(self, commit: GroupCommit) -> None:
        """Do one round: read the book, broadcast and report what it owes, take work, look at the chain."""
        commit.on_failure(lambda error: self.runner.doubt(f"an append failed: {error}"))
        settled = self.runner.advance(commit.append)
        if self.runner.loop is not self._loop:
            self._begin()
        for each in settled:
            for event in each.record.events:
                transactions.evolve(self.confirmed, event)
                if isinstance(event, MintConfirmed | MintClosed):
                    name = RecordName(book=self.runner.book, seq=each.record.seq, sha256=each.record.sha256)
                    self._outcome_records[event.mint] = name
        if not self.runner.owning:
            return
        try:
            self._broadcast(commit)
            self._take_work(commit)
            self._poll(commit)
        except ChainUnavailable as error:
            self._log.warning("chain_unavailable", error=str(error))
        self._report(commit)

    def _begin(self) -> None:
        """Start from nothing, as a new owner does."""
        self._loop = self.runner.loop
        self.confirmed = transactions.initial()
        self._outcome_records: dict[str, RecordName] = {}
        self._sent_at: dict[str, float] = {}
        self._reported: set[str] = set()
        self._unsigned: set[str] = set()
        self._polled_at: float | None = None

    def _broadcast(self, commit: GroupCommit) -> None:
        """Hand every recorded transaction to the node, once by each owner."""
        for mint in self.confirmed.open.values():
            for attempt in mint.attempts:
                if attempt.over or attempt.transaction in self._sent_at:
                    continue
                answer = self._send(attempt)
                sent = TransactionSent(mint=mint.mint, transaction=attempt.transaction, answer=answer)
                self._record(commit, sent)

    def _send(self, attempt: Attempt) -> Literal["accepted", "refused", "unavailable"]:
        self._sent_at[attempt.transaction] = self._around.monotonic()
        try:
            self.chain.broadcast(bytes.fromhex(attempt.data))
        except ChainRefused:
            return "refused"
        except ChainUnavailable:
            return "unavailable"
        return "accepted"

    def _take_work(self, commit: GroupCommit) -> None:
        """Sign what the ledger authorized and this account has not taken on."""
        room = min(SIGNED_AT_ONCE, self.runner.room)
        for mint, authorization in list(self._authorizations.open[self.account].items()):
            if room <= 0:
                return
            if self.runner.loop.state.knows(mint) or authorization.event.chain != self.chain.name:
                continue
            signed = self._sign(_call_of_authorized(authorization.event))
            if signed is None:
                continue
            room -= 1
            work = Work(authorization.event, signed.hash, signed.data.hex(), signed.valid_until)
            record = self.runner.decide(authorization.source, work)
            if record is None:
                return
            commit.append(self.runner.book, [record])

    def _poll(self, commit: GroupCommit) -> None:
        """Look at the chain, and record what is news."""
        now = self._around.monotonic()
        if self._polled_at is not None and now - self._polled_at < self._poll_seconds:
            return
        self._polled_at = now
        for mint in list(self.runner.loop.state.open.values()):
            if self.runner.room <= 0:
                return
            for event in observe(self.chain, mint):
                self._record(commit, event)
            self._follow_up(commit, mint)

    def _follow_up(self, commit: GroupCommit, mint: OpenMint) -> None:
        """Send again what the node does not know, and sign again what provably can do nothing."""
        last = mint.attempts[-1]
        if mint.mint not in self.runner.loop.state.open:
            return
        if last.status == "sent" and self._silent_for_long(last):
            self._send(last)
        if not last.over or self.chain.finalized().timestamp >= instants.epoch_seconds(mint.deadline):
            return
        signed = self._sign(_call_of_open(mint))
        if signed is None:
            return
        again = TransactionSigned(
            mint=mint.mint,
            attempt=len(mint.attempts) + 1,
            transaction=signed.hash,
            data=signed.data.hex(),
            valid_until=signed.valid_until,
        )
        self._record(commit, again)

    def _silent_for_long(self, attempt: Attempt) -> bool:
        """Return whether this owner sent the bytes a while ago; those of another owner are sent anyway."""
        sent_at = self._sent_at.get(attempt.transaction)
        waited = self._around.monotonic() - (sent_at or 0.0)
        return sent_at is not None and waited >= RESEND_POLLS * self._poll_seconds

    def _sign(self, call: MintCall) -> SignedTransaction | None:
        """Sign, or say once that it cannot be signed: that mint stays open, and the others go on."""
        try:
            return self.chain.sign_mint(self.account, call)
        except ChainRefused as error:
            if call.mint not in self._unsigned:
                self._unsigned.add(call.mint)
                self._log.error("mint_cannot_be_signed", mint=call.mint, error=str(error))
            return None

    def _record(self, commit: GroupCommit, event: Event) -> None:
        if not self.runner.owning:
            return
        record = self.runner.decide(None, Observation(event))
        if record is not None:
            commit.append(self.runner.book, [record])

    def _report(self, commit: GroupCommit) -> None:
        """Tell the ledger's book of every outcome that it has not decided, once by each owner."""
        for mint, authorization in self._authorizations.open[self.account].items():
            outcome = self.confirmed.outcomes.get(mint)
            if outcome is None or mint in self._reported:
                continue
            self._reported.add(mint)
            partition = partition_number(authorization.source.book)
            message = receipt(
                outcome,
                account=self.account,
                chain=self.chain.name,
                instrument=authorization.event.instrument,
                record=self._outcome_records[mint],
                received_at=self._around.now(),
            )
            commit.append(inbox_stream(CHAIN, partition), [encode_message(message)])


def _call_of_authorized(event: MintAuthorized) -> MintCall:
    return MintCall(
        mint=event.mint,
        token=event.token,
        recipient=event.recipient,
        base_amount=amounts.base_amount(amounts.parse(event.units), event.decimals),
        deadline=instants.epoch_seconds(event.deadline),
    )


def _call_of_open(mint: OpenMint) -> MintCall:
    return MintCall(
        mint=mint.mint,
        token=mint.token,
        recipient=mint.recipient,
        base_amount=amounts.base_amount(mint.units, mint.decimals),
        deadline=instants.epoch_seconds(mint.deadline),
    )
