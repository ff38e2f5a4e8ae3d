"""A deterministic chain in this process: the embedded default's stand-in for a node.

`Network` is the chain itself, `SimulatedChain` one client's view of it, `Holder` is whoever has tokens, and
`Acts` does what holders laid into a folder. `BlockProducer` and `Driver` make blocks, `Faults` go wrong, and
`SqliteStore` keeps the chain apart from everything else that the product keeps. `served` is a node, which
other processes reach as a `RemoteChain`.
"""

from workers.chains.simulated.acts import Acts
from workers.chains.simulated.canonical_chain import OperationEffect
from workers.chains.simulated.chain import SimulatedChain
from workers.chains.simulated.driver import Driver
from workers.chains.simulated.faults import Fault, FaultPlan, Faults
from workers.chains.simulated.holder import Holder
from workers.chains.simulated.network import Network
from workers.chains.simulated.node import Served, served
from workers.chains.simulated.opening import Genesis
from workers.chains.simulated.producer import BlockProducer
from workers.chains.simulated.remote import RemoteChain
from workers.chains.simulated.sqlite_store import SqliteStore
from workers.chains.simulated.store import StoreBusy, StoreDamaged, StoreError, StoreUnusable

__all__ = [
    "Acts",
    "BlockProducer",
    "Driver",
    "Fault",
    "FaultPlan",
    "Faults",
    "Genesis",
    "Holder",
    "Network",
    "OperationEffect",
    "RemoteChain",
    "Served",
    "SimulatedChain",
    "SqliteStore",
    "StoreBusy",
    "StoreDamaged",
    "StoreError",
    "StoreUnusable",
    "served",
]
