"""The simulated chain's transactions: what is signed, what travels, and who may have signed it.

    bytes = canonical JSON {"action", "account", "chain", "salt", "signature", "valid_until"}
    signature = HMAC-SHA256 under the account's key over the same without "signature"
    hash = SHA-256 of the bytes

The salt is fresh for each signature, as a hardware signer's randomness is. Signing accounts act under their
keys. Whoever else holds tokens acts under a key that follows from their name: they are not ours to protect,
and what they do is theirs alone.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from schemas import canonical
from workers.chains.base import ChainRefused
from workers.chains.simulated.actions import Action, HolderAction

TRANSACTION_BYTES_MAX = 64 * 1024


class _Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    account: str
    action: Action
    chain: str
    salt: str
    valid_until: int


class _Signed(_Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """A decoded transaction with its exact bytes; includable up to the block height `valid_until`."""

    hash: str
    data: bytes
    account: str
    action: Action
    chain: str
    valid_until: int


_decoder = msgspec.json.Decoder(_Signed)


def sign(
    *, chain: str, account: str, key: bytes, action: Action, valid_until: int, salt: bytes
) -> Transaction:
    """Return the signed transaction; another salt gives other bytes and another hash.

    `ChainRefused` where a text has no encoding (half a surrogate pair).
    """
    body = _Body(account=account, action=action, chain=chain, salt=salt.hex(), valid_until=valid_until)
    try:
        signature = _signature(body, key)
    except UnicodeEncodeError as error:
        raise ChainRefused(f"the transaction has no encoding: {error}") from error
    signed = _Signed(
        account=account,
        action=action,
        chain=chain,
        salt=body.salt,
        signature=signature,
        valid_until=valid_until,
    )
    return _transaction(signed, canonical.encode(signed))


def decode(data: bytes) -> Transaction:
    """Decode the one encoding of a transaction; everything else is `ChainRefused`. Nothing is verified."""
    return _transaction(_parsed(data), data)


def admit(data: bytes, *, chain: str, keys: Mapping[str, bytes]) -> Transaction:
    """Decode and verify what came from outside; `ChainRefused` says why it will never be included."""
    if len(data) > TRANSACTION_BYTES_MAX:
        raise ChainRefused(f"{len(data)} bytes are more than a transaction may have")
    signed = _parsed(data)
    if canonical.encode(signed) != data:
        raise ChainRefused("the transaction is not in its one encoding")
    if signed.chain != chain:
        raise ChainRefused(f"the transaction is for chain {signed.chain!r}, not {chain!r}")
    key = _key_for(signed, keys)
    body = _Body(
        account=signed.account,
        action=signed.action,
        chain=signed.chain,
        salt=signed.salt,
        valid_until=signed.valid_until,
    )
    if not hmac.compare_digest(_signature(body, key).encode(), signed.signature.encode()):
        raise ChainRefused(f"the signature is not that of account {signed.account!r} over this transaction")
    return _transaction(signed, data)


def refuse_expired(transaction: Transaction, next_height: int) -> None:
    """Raise `ChainRefused` where no block from this height on may include the transaction."""
    if transaction.valid_until < next_height:
        raise ChainRefused(
            f"the transaction was valid until block {transaction.valid_until}; the next one is {next_height}"
        )


def holder_key(holder: str) -> bytes:
    """Return the key of somebody who is no signing account."""
    return hashlib.sha256(f"holder/{holder}".encode()).digest()


def _key_for(signed: _Signed, keys: Mapping[str, bytes]) -> bytes:
    """Return the key that must have signed: a signing account's, or a holder's for what holders do."""
    key = keys.get(signed.account)
    if isinstance(signed.action, HolderAction):
        if key is not None:
            raise ChainRefused(f"the signing account {signed.account!r} acts by operations alone")
        return holder_key(signed.account)
    if key is None:
        raise ChainRefused(f"the account {signed.account!r} is not known on {signed.chain!r}")
    return key


def _parsed(data: bytes) -> _Signed:
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ChainRefused(f"not a transaction: {error}") from error


def _signature(body: _Body, key: bytes) -> str:
    return hmac.new(key, canonical.encode(body), hashlib.sha256).hexdigest()


def _transaction(signed: _Signed, data: bytes) -> Transaction:
    return Transaction(
        hash=canonical.digest(data),
        data=data,
        account=signed.account,
        action=signed.action,
        chain=signed.chain,
        valid_until=signed.valid_until,
    )
