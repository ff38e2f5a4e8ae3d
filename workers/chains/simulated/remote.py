"""A simulated chain in another process, as one client reaches it through that process's node."""

from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from workers.chains.base import (
    Block,
    Call,
    ChainRefused,
    ChainUnavailable,
    Fate,
    Feed,
    Guard,
    SignedTransaction,
)
from workers.chains.simulated import wire

T = TypeVar("T")
ANSWER_SECONDS_MAX = 10.0


class RemoteChain:
    """A `Chain`; one thread uses it. No call is repeated here: whoever asked asks again."""

    def __init__(self, name: str, url: str, *, answer_seconds_max: float = ANSWER_SECONDS_MAX) -> None:
        self.name = name
        self._url = url
        where = urlsplit(url)
        self._connection = HTTPConnection(where.hostname or "", where.port or 80, timeout=answer_seconds_max)

    def finalized(self) -> Block:
        """Return the newest final block."""
        return self._read(Block, "finalized")

    def sign(self, account: str, call: Call) -> SignedTransaction:
        """Have the node sign the call as this account, fresh on each call; nothing is sent."""
        return self._read(SignedTransaction, "sign", account=account, call=wire.call_fields(call))

    def sign_cancel(self, account: str, operation: str) -> SignedTransaction:
        """Have the node sign the using-up of an operation id's guard without effect; nothing is sent."""
        return self._read(SignedTransaction, "sign_cancel", account=account, operation=operation)

    def broadcast(self, data: bytes) -> None:
        """Hand signed bytes to the node; what it answers is advice."""
        self._ask("broadcast", data=data)

    def fate(self, transaction: SignedTransaction) -> Fate:
        """Return what became of a transaction."""
        return self._read(Fate, "fate", **msgspec.to_builtins(transaction))

    def guard(self, operation: str) -> Guard:
        """Return the guard of an operation id as of the newest final block."""
        return self._read(Guard, "guard", operation=operation)

    def block(self, height: int) -> Block:
        """Return the final block at a height."""
        return self._read(Block, "block", height=height)

    def feed(self, account: str, token: str, *, after_height: int, blocks_max: int) -> Feed | None:
        """Return what happened to a token's units without us, in at most `blocks_max` final blocks."""
        asked = {"account": account, "token": token, "after_height": after_height, "blocks_max": blocks_max}
        try:
            return wire.feed_of(self._ask("feed", **asked))
        except wire.NotUnderstood as error:
            raise self._unbelievable(error) from error

    def supply(self, token: str) -> int:
        """Return the token's supply in its smallest unit, as of the newest final block."""
        return self._read(int, "supply", token=token)

    def deploy(self, token: str) -> None:
        """Have a token made, where it does not exist yet."""
        self._ask("deploy", token=token)

    def close(self) -> None:
        """Let the connection go; the next call would open another."""
        self._connection.close()

    def _read(self, kind: type[T], method: str, **asked: Any) -> T:  # noqa: ANN401 - JSON values
        try:
            return wire.read(self._ask(method, **asked), kind)
        except wire.NotUnderstood as error:
            raise self._unbelievable(error) from error

    def _ask(self, method: str, **asked: Any) -> Any:  # noqa: ANN401 - JSON values
        status, data = self._post(f"/{self.name}/{method}", wire.encode(asked))
        if status != HTTPStatus.OK:
            raise ChainUnavailable(
                f"{self._url} answered {status} to {method}: {data[:200].decode('utf-8', 'replace')}"
            )
        said = self._said(data)
        if "refused" in said:
            raise ChainRefused(said["refused"])
        if "unavailable" in said:
            raise ChainUnavailable(said["unavailable"])
        return said["answer"]

    def _post(self, path: str, body: bytes) -> tuple[int, bytes]:
        try:
            self._connection.request("POST", path, body)
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except (OSError, HTTPException) as error:
            self._connection.close()  # the next call opens another
            raise ChainUnavailable(f"{self._url} does not answer: {error!r}") from error

    def _said(self, data: bytes) -> dict[str, Any]:
        try:
            said = wire.decode(data)
        except wire.NotUnderstood as error:
            raise self._unbelievable(error) from error
        if not isinstance(said, dict) or said.keys() not in ({"answer"}, {"refused"}, {"unavailable"}):
            raise self._unbelievable("neither an answer nor a refusal")
        return said

    def _unbelievable(self, why: object) -> ChainUnavailable:
        return ChainUnavailable(f"{self._url} says what is no answer: {why}")
