"""The executor: the loop on one signing account, from authorized operations to the chain's last word.

Sign, record the bytes, read the record back, then broadcast. What a broadcast answers decides nothing: the
guard and the fate of the transaction, read at finality, decide. Everything that is owed (a broadcast, a
report to the ledger) is derived from the book and the ledger, so a new owner owes what the old one did.
"""

from collections.abc import Callable, Iterator
from typing import Any, Literal

import msgspec
import structlog

from schemas import instants
from schemas.envelope import Message, encode_message
from schemas.events import (
    ClosureReopened,
    OperationClosed,
    OperationConfirmed,
    OperationReopened,
    OperationTaken,
    TransactionSent,
    TransactionSigned,
)
from schemas.house import Token
from schemas.messages import CHAIN, RecordName
from schemas.registry import Event
from schemas.streams import inbox_stream, partition_number, transactions_book
from workers.authorizations import AccountWork, Authorization, Authorizations
from workers.chains.base import Chain, ChainRefused, ChainUnavailable, SignedTransaction
from workers.core import transactions
from workers.core.transactions import Observation, Reading, Recall, Rereading, State, Work
from workers.core.transactions.state import Attempt, OpenOperation
from workers.feeds import Feeds
from workers.log.commit import GroupCommit
from workers.log.engine import Engine
from workers.observer import contradiction, last_words_stand, observe, observe_again, receipt
from workers.operations import call_of
from workers.runner import Runner, Surroundings
from workers.sightings import Sightings, sighting_message

Given = Work | Recall | Observation | Reading | Rereading

SIGNED_AT_ONCE = 200
RESEND_POLLS = 10
READ_AGAIN_POLLS = 10


class TransactionsDecider:
    """A signing account's decider, as the loop calls it."""

    def initial(self, _book: str) -> State:
        """Return the state of a book without records."""
        return transactions.initial()

    def decide(self, state: State, given: Given) -> Iterator[Event]:
        """Take work on, take it back, or record what was seen."""
        return transactions.decide(state, given)

    def evolve(self, state: State, event: Event) -> None:
        """Apply an event."""
        transactions.evolve(state, event)

    def set_aside(self, given: Given, error: str) -> Iterator[Event]:
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
        self.runner: Runner[State, Given] = Runner(
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
                name = RecordName(book=self.runner.book, seq=each.record.seq, sha256=each.record.sha256)
                self._sightings.recorded(event, name)
                if isinstance(event, OperationConfirmed | OperationClosed):
                    self._outcome_records[event.operation] = name
                elif isinstance(event, OperationReopened | ClosureReopened):
                    self._reopened[event.operation, event.block_hash] = (name, event)
                    self._withdrawn[event.operation] = (name, event)
        if not self.runner.owning:
            return
        try:
            self._broadcast(commit)
            self._take_recalls(commit)
            self._take_work(commit)
            self._poll(commit)
        except ChainUnavailable as error:
            self._log.warning("chain_unavailable", error=str(error))
        # What is gone is told before what was seen since, and before any last word.
        self._report_contradictions(commit)
        self._report_sightings(commit)
        self._report(commit)

    def _begin(self) -> None:
        """Start from nothing, as a new owner does."""
        self._loop = self.runner.loop
        self.confirmed = transactions.initial()
        self._outcome_records: dict[str, RecordName] = {}
        self._sent_at: dict[str, float] = {}
        # By block too: the ledger may still believe an earlier finality than the last that was contradicted.
        self._reopened: dict[tuple[str, str], tuple[RecordName, OperationReopened | ClosureReopened]] = {}
        self._withdrawn: dict[str, tuple[RecordName, OperationReopened | ClosureReopened]] = {}
        self._reported: set[tuple[int, int]] = set()
        self._unsigned: set[str] = set()
        self._polled_at: float | None = None
        self._polls = 0
        self._feeds = Feeds(self.chain, self.account)
        self._sightings = Sightings()

    def _broadcast(self, commit: GroupCommit) -> None:
        """Hand every recorded transaction to the node, once by each owner."""
        for operation in self.confirmed.open.values():
            for attempt in operation.attempts:
                if attempt.transaction in self._sent_at or not self._goes_on(operation, attempt):
                    continue
                answer = self._send(attempt)
                name = operation.taken.operation
                sent = TransactionSent(operation=name, transaction=attempt.transaction, answer=answer)
                self._record(commit, sent)

    def _goes_on(self, operation: OpenOperation, attempt: Attempt) -> bool:
        """Return whether a transaction is still to be sent; what the ledger asks back is not made to act."""
        asked_back = attempt.purpose == "act" and operation.taken.operation in self.work.recalled
        return operation.goes_on(attempt) and not asked_back

    def _send(self, attempt: Attempt) -> Literal["accepted", "refused", "unavailable"]:
        self._sent_at[attempt.transaction] = self._around.monotonic()
        try:
            self.chain.broadcast(bytes.fromhex(attempt.data))
        except ChainRefused:
            return "refused"
        except ChainUnavailable:
            return "unavailable"
        return "accepted"

    @property
    def work(self) -> AccountWork:
        """Return what the ledger authorized this account to do and has not closed."""
        return self._authorizations.of[self.account]

    def _take_recalls(self, commit: GroupCommit) -> None:
        """Take back what the ledger asks back and this account has not stopped."""
        for name, recall in list(self.work.recalled.items()):
            state = self.runner.loop.state
            operation = state.open.get(name)
            is_over = name in state.outcomes or (operation is not None and operation.recalled)
            if is_over or recall.operation.chain != self.chain.name:
                continue
            record = self.runner.decide(recall.source, Recall(recall.operation))
            if record is None:
                return
            commit.append(self.runner.book, [record])

    def _take_work(self, commit: GroupCommit) -> None:
        """Sign what the ledger authorized and this account has not taken on."""
        room = min(SIGNED_AT_ONCE, self.runner.room)
        for authorization in list(self.work.open.values()):
            if room <= 0:
                return
            operation = authorization.operation
            if self.runner.loop.state.knows(operation.operation) or operation.chain != self.chain.name:
                continue
            signed = self._sign_act(operation)
            if signed is None:
                continue
            room -= 1
            work = Work(operation, signed.hash, signed.data.hex(), signed.valid_until)
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
        self._polls += 1
        # Before anything new is said of a chain: is all that was said last still so?
        if self._polls % READ_AGAIN_POLLS == 0 or not last_words_stand(self.chain, self.runner.loop.state):
            for event in observe_again(self.chain, self.runner.loop.state):
                self._record(commit, event)
        for operation in list(self.runner.loop.state.open.values()):
            if self.runner.room <= 0:
                return
            for event in observe(self.chain, operation):
                if not isinstance(event, OperationClosed) or self._feeds_stand():
                    self._record(commit, event)
            self._follow_up(commit, operation)
        self._read_feeds(commit)

    def _tokens(self) -> Iterator[Token]:
        tokens = self._authorizations.watched.tokens[self.account]
        return (token for (chain, _), token in tokens.items() if chain == self.chain.name)

    def _feeds_stand(self) -> bool:
        """Return whether all that was read of the feeds is still there.

        What others did with the units of a mint is taken back before it is said that there are none.
        """
        return all(self._feeds.stands(self.runner.loop.state, token) for token in self._tokens())

    def _read_feeds(self, commit: GroupCommit) -> None:
        """Record what others did with the units of this account's tokens, as far as it is final."""
        for token in list(self._tokens()):
            if self.runner.room <= 0:
                return
            try:
                reading = self._feeds.read_on(self.runner.loop.state, token)
            except ChainUnavailable as error:
                self._log.warning("feed_unavailable", token=token.token, error=str(error))
                continue
            record = None if reading is None else self.runner.decide(None, reading)
            if record is not None:
                commit.append(self.runner.book, [record])

    def _follow_up(self, commit: GroupCommit, operation: OpenOperation) -> None:
        """Send again what the node does not know, and sign again what provably can do nothing."""
        taken = operation.taken
        if taken.operation not in self.runner.loop.state.open:
            return
        for attempt in operation.attempts:
            if self._goes_on(operation, attempt) and self._silent_for_long(attempt):
                self._send(attempt)
        purpose = operation.wanted
        if purpose is None or not operation.idle(purpose):
            return
        if self.chain.finalized().timestamp >= instants.epoch_seconds(taken.deadline):
            return
        signed = self._sign_act(taken) if purpose == "act" else self._sign_cancel(taken.operation)
        if signed is None:
            return
        again = TransactionSigned(
            operation=taken.operation,
            purpose=purpose,
            attempt=len(operation.attempts) + 1,
            transaction=signed.hash,
            data=signed.data.hex(),
            valid_until=signed.valid_until,
        )
        self._record(commit, again)

    def _silent_for_long(self, attempt: Attempt) -> bool:
        """Return whether this owner sent the bytes a while ago; those of another owner are sent anyway."""
        sent_at = self._sent_at.get(attempt.transaction)
        waited = self._around.monotonic() - (sent_at or 0.0)
        return (
            attempt.status == "sent" and sent_at is not None and waited >= RESEND_POLLS * self._poll_seconds
        )

    def _sign(self, operation: str, sign: Callable[[], SignedTransaction]) -> SignedTransaction | None:
        """Sign, or say once that it cannot be signed: that operation stays open, and the others go on."""
        try:
            return sign()
        except ChainRefused as error:
            if operation not in self._unsigned:
                self._unsigned.add(operation)
                coordinates = self._authorized_by(operation)
                self._log.error(
                    "operation_cannot_be_signed", operation=operation, error=str(error), **coordinates
                )
            return None

    def _sign_act(self, taken: OperationTaken) -> SignedTransaction | None:
        return self._sign(taken.operation, lambda: self.chain.sign(self.account, call_of(taken)))

    def _sign_cancel(self, operation: str) -> SignedTransaction | None:
        """Sign what uses the guard up."""
        return self._sign(operation, lambda: self.chain.sign_cancel(self.account, operation))

    def _authorized_by(self, operation: str) -> dict[str, Any]:
        """Return the coordinates of the record that authorized an operation, while the ledger has it open."""
        authorization = self.work.open.get(operation)
        return {} if authorization is None else msgspec.to_builtins(authorization.source)

    def _record(self, commit: GroupCommit, event: Event) -> None:
        if not self.runner.owning:
            return
        record = self.runner.decide(None, Observation(event))
        if record is not None:
            commit.append(self.runner.book, [record])

    def _report(self, commit: GroupCommit) -> None:
        """Tell the ledger's book of every outcome that it has not decided, once by each owner."""
        for operation, authorization in self.work.open.items():
            if self._report_withdrawal(commit, operation, authorization):
                continue
            outcome = self.confirmed.outcomes.get(operation)
            if outcome is None:
                continue
            record = self._outcome_records[operation]
            # What was said before a contradiction was decided is said again after it.
            said = (record.seq, self.work.contradicted.get(operation, 0))
            if said in self._reported:
                continue
            self._reported.add(said)
            message = receipt(
                outcome,
                account=self.account,
                chain=self.chain.name,
                instrument=authorization.instrument,
                record=record,
                received_at=self._around.now(),
            )
            self._tell(commit, authorization, message)

    def _report_withdrawal(self, commit: GroupCommit, operation: str, authorization: Authorization) -> bool:
        """Take back what may have been told; return whether the ledger does not know yet that it is.

        The next word waits for that: the one that did not hold would contradict it.
        """
        if operation not in self._withdrawn:
            return False
        record, reopened = self._withdrawn[operation]
        if record.seq <= self.work.contradicted.get(operation, 0):
            return False
        if (record.seq, 0) not in self._reported:
            self._reported.add((record.seq, 0))
            self._tell(commit, authorization, self._contradiction(reopened, record, authorization))
        return True

    def _contradiction(
        self, reopened: OperationReopened | ClosureReopened, record: RecordName, authorization: Authorization
    ) -> Message:
        return contradiction(
            reopened,
            account=self.account,
            chain=self.chain.name,
            instrument=authorization.instrument,
            record=record,
            received_at=self._around.now(),
        )

    def _report_contradictions(self, commit: GroupCommit) -> None:
        """Tell the ledger's book of every last word that did not hold and that it still believes."""
        for (operation, block_hash), (record, reopened) in self._reopened.items():
            final = self.work.over.get(operation)
            said = (record.seq, 0)
            if final is None or final.block_hash != block_hash or said in self._reported:
                continue
            if record.seq <= self.work.contradicted.get(operation, 0):
                continue
            self._reported.add(said)
            message = self._contradiction(reopened, record, final.authorization)
            self._tell(commit, final.authorization, message)

    def _report_sightings(self, commit: GroupCommit) -> None:
        """Tell the ledger's book of every sighting that it has not decided, once by each owner."""
        watched = self._authorizations.watched
        known = sum(watched.contradicted.values()) + sum(self.work.contradicted.values())
        for event, record in self._sightings.owed(watched.decided, known):
            instrument = watched.instruments[event.chain, event.token]
            message = sighting_message(
                event,
                account=self.account,
                instrument=instrument,
                record=record,
                received_at=self._around.now(),
            )
            stream = inbox_stream(CHAIN, watched.book_of(instrument))
            commit.append(stream, [encode_message(message)])

    def _tell(self, commit: GroupCommit, authorization: Authorization, message: Message) -> None:
        partition = partition_number(authorization.source.book)
        commit.append(inbox_stream(CHAIN, partition), [encode_message(message)])
