"""Somebody who holds tokens on the simulated chain: a client, a stranger, nobody whose keys are ours."""

from collections.abc import Callable

from schemas import canonical
from workers.chains.simulated import transactions
from workers.chains.simulated.actions import BridgeOut, HolderAction, HolderBurn, Send
from workers.chains.simulated.network import Network

SALT_BYTES = 16


class Holder:
    """Acts under an address that is no signing account's; amounts in the token's smallest unit.

    Each call puts one transaction into the mempool and returns its hash. Whether it acts (the holder may
    have less) is for a block to say.
    """

    def __init__(self, network: Network, address: str, *, entropy: Callable[[int], bytes]) -> None:
        self.address = address
        self._network = network
        self._entropy = entropy

    def send(self, token: str, recipient: str, base_amount: int) -> str:
        """Send to any address."""
        return self._act(Send(token=token, recipient=recipient, base_amount=str(base_amount)))

    def burn(self, token: str, base_amount: int) -> str:
        """Burn, for nothing in return."""
        return self._act(HolderBurn(token=token, base_amount=str(base_amount)))

    def bridge_out(self, token: str, base_amount: int, *, destination: str, recipient: str) -> str:
        """Burn, to have the units on another chain."""
        action = BridgeOut(
            token=token, base_amount=str(base_amount), destination=destination, recipient=recipient
        )
        return self._act(action)

    def _act(self, action: HolderAction) -> str:
        signed = transactions.sign(
            chain=self._network.name,
            account=self.address,
            key=transactions.holder_key(self.address),
            action=action,
            valid_until=canonical.INTEGER_MAX,
            salt=self._entropy(SALT_BYTES),
        )
        self._network.accept(signed.data)
        return signed.hash
