"""Opening a chain: a new one from its genesis, or a stored one by executing its blocks again."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas import canonical
from workers.chains.simulated.blocks import Sealed
from workers.chains.simulated.canonical_chain import CanonicalChain
from workers.chains.simulated.machine import Machine
from workers.chains.simulated.store import Change, Store, Stored, StoreDamaged, StoreUnusable


@dataclass(frozen=True, slots=True, kw_only=True)
class Genesis:
    """How a network begins: its accounts' signing keys, its tokens, its first block's time in seconds.

    Where the chain was stored already, its own name, tokens and time hold, and tokens that are new here are
    made by the next block; accounts and finality are always those given.
    """

    name: str
    accounts: Mapping[str, bytes]
    tokens: tuple[str, ...]
    finality_depth_blocks: int
    timestamp: int = 0

    def __post_init__(self) -> None:
        if not self.accounts:
            raise ValueError("a chain needs an account")
        if self.finality_depth_blocks < 0:
            raise ValueError("finality cannot run ahead of the tip")


def opened(genesis: Genesis, store: Store | None) -> Machine:
    """Return the stored chain, or a new one (kept, where there is a store).

    `StoreUnusable` where another chain is stored there, `StoreDamaged` where its blocks do not follow.
    """
    stored = None if store is None else store.load()
    if stored is not None:
        return _resumed(stored, genesis)
    if store is not None:
        store.create(genesis.name, genesis.tokens, genesis.timestamp)
    return Machine(_beginning(genesis.name, genesis.tokens, genesis.timestamp), genesis.finality_depth_blocks)


def _beginning(name: str, tokens: tuple[str, ...], timestamp: int) -> CanonicalChain:
    # The first block has no parent; what it begins with stands there, so that other chains have other hashes.
    parent = canonical.digest(canonical.encode({"name": name, "tokens": tokens}))
    first = Sealed(height=0, parent=parent, time_milliseconds=timestamp * 1000, branch=0, transactions=())
    return CanonicalChain(first, tokens)


def _resumed(stored: Stored, genesis: Genesis) -> Machine:
    if stored.name != genesis.name:
        raise StoreUnusable(f"the file holds the chain {stored.name!r}, not {genesis.name!r}")
    chain = _beginning(stored.name, stored.tokens, stored.timestamp)
    chain.extend(stored.genesis_quiet)
    try:
        for sealed, quiet in stored.blocks:
            chain.seal(sealed)
            chain.extend(quiet)
    except ValueError as error:
        raise StoreDamaged(f"the stored blocks are not a chain: {error}") from error
    machine = Machine(chain, genesis.finality_depth_blocks)
    machine.apply(Change(added=stored.mempool, final_height=stored.final_height, branch=stored.branch))
    return machine
