"""Simulated chains beside a worker: their blocks go by the wall clock, and they know our tokens.

Those of another process make blocks there, and are only told of the tokens.

Real chains have their tokens deployed, and need none of this.
"""

from collections.abc import Sequence

import structlog

from workers.bootstrap import RemoteNode, SimulatedNode
from workers.chains.base import ChainUnavailable
from workers.house_view import HouseView
from workers.log.engine import Engine


class SimulatedChains:
    """The simulated chains of one process."""

    def __init__(self, nodes: Sequence[SimulatedNode | RemoteNode]) -> None:
        self.nodes = tuple(nodes)
        self._log = structlog.get_logger("tallystick.simulated_chain")
        self._house: HouseView | None = None
        self._deployed = 0

    def keep_up(self, engine: Engine) -> None:
        """Deploy what the house rules of this log name, then make the blocks that are due."""
        if self._house is None:
            self._house = HouseView(engine)
        rules = self._house.advance()
        if rules.number != self._deployed:
            tokens = {
                (each.chain, each.token) for terms in rules.instruments.values() for each in terms.tokens
            }
            try:
                self._deploy(tokens)
                self._deployed = rules.number
            except ChainUnavailable as error:  # a node that is away is told when it is back
                self._log.warning("tokens_not_deployed", error=str(error))
        for node in self.nodes:
            node.produce_blocks()

    def _deploy(self, tokens: set[tuple[str, str]]) -> None:
        for node in self.nodes:
            for chain, token in sorted(tokens):
                if node.chain.name == chain:
                    node.deploy(token)
