"""What holders do on a simulated chain, laid into a folder as files: nobody here has a holder's keys.

    {"act": "send", "holder": ..., "token": ..., "base_amount": "5", "recipient": ...}
    {"act": "burn", "holder": ..., "token": ..., "base_amount": "5"}
    {"act": "bridge_out", "holder": ..., "token": ..., "base_amount": "5", "destination": ...,
     "recipient": ...}
    {"act": "reorganise", "depth_blocks": 3}
    {"act": "congest", "blocks": 10}

Files that end in `.json` are taken in the order of their names and removed; what cannot be read is left as
`.refused`. A file that is taken twice, because the process died in between, makes the same transaction.
"""

import hashlib
from pathlib import Path

import msgspec
import structlog

from workers.chains.base import ChainError
from workers.chains.simulated.driver import Driver
from workers.chains.simulated.holder import Holder
from workers.chains.simulated.network import Network

ENDING = ".json"


class Send(msgspec.Struct, frozen=True, tag="send", tag_field="act", forbid_unknown_fields=True):
    """Send tokens to any address."""

    holder: str
    token: str
    base_amount: str
    recipient: str


class Burn(msgspec.Struct, frozen=True, tag="burn", tag_field="act", forbid_unknown_fields=True):
    """Burn tokens, for nothing in return."""

    holder: str
    token: str
    base_amount: str


class BridgeOut(msgspec.Struct, frozen=True, tag="bridge_out", tag_field="act", forbid_unknown_fields=True):
    """Burn tokens, to have the units on another chain."""

    holder: str
    token: str
    base_amount: str
    destination: str
    recipient: str


class Reorganise(msgspec.Struct, frozen=True, tag="reorganise", tag_field="act", forbid_unknown_fields=True):
    """Drop the newest blocks, as far as none of them is final."""

    depth_blocks: int


class Congest(msgspec.Struct, frozen=True, tag="congest", tag_field="act", forbid_unknown_fields=True):
    """Include nothing in so many blocks, and forget what waited."""

    blocks: int


Act = Congest | Send | Burn | BridgeOut | Reorganise
_decoder = msgspec.json.Decoder(Act)


class Acts:
    """The folder of one simulated chain."""

    def __init__(self, network: Network, driver: Driver, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._network = network
        self._driver = driver
        self._folder = folder
        self._log = structlog.get_logger("tallystick.simulated_chain").bind(chain=network.name)

    def take(self) -> int:
        """Do what lies in the folder; return how many acts that were."""
        files = sorted(path for path in self._folder.iterdir() if path.name.endswith(ENDING))
        for path in files:
            try:
                self._do(_decoder.decode(path.read_bytes()), path.name)
            except (msgspec.DecodeError, ChainError, ValueError) as error:
                self._log.warning("act_refused", file=path.name, error=str(error))
                path.replace(path.with_suffix(".refused"))
                continue
            path.unlink()
        return len(files)

    def _do(self, act: Act, name: str) -> None:
        if isinstance(act, Reorganise):
            unfinal = self._network.tip().height - self._network.finalized().height
            self._network.reorg(min(act.depth_blocks, unfinal))
            return
        if isinstance(act, Congest):
            self._driver.congest(act.blocks)
            return
        salt = hashlib.sha512(name.encode()).digest()
        holder = Holder(self._network, act.holder, entropy=lambda count: salt[:count])
        base_amount = int(act.base_amount)
        if isinstance(act, Send):
            holder.send(act.token, act.recipient, base_amount)
        elif isinstance(act, Burn):
            holder.burn(act.token, base_amount)
        else:
            holder.bridge_out(act.token, base_amount, destination=act.destination, recipient=act.recipient)


def lay(folder: Path, name: str, act: Act) -> None:
    """Lay an act into a chain's folder, whole or not at all."""
    unfinished = folder / f"{name}.part"
    unfinished.write_bytes(msgspec.json.encode(act))
    unfinished.replace(folder / f"{name}{ENDING}")
