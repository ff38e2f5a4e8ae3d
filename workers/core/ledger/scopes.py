"""Scopes: what a hold of the house covers."""

from schemas.scopes import Everything, OnChain, OnClient, OnCustodyAccount, OnLane, OnWallet, Scope


def covers(
    scope: Scope,
    *,
    chain: str | None,
    client: str | None,
    wallet: tuple[str, str] | None,
    lane: tuple[str, str] | None,
) -> bool:
    """Return whether a scope covers something; `wallet` is (chain, address), `lane` (source, destination).

    A custody account covers shares and nothing else: `Rules.held_accounts` says which.
    """
    match scope:
        case Everything():
            return True
        case OnChain():
            return scope.chain == chain
        case OnClient():
            return scope.client == client
        case OnWallet():
            return (scope.chain, scope.address) == wallet
        case OnLane():
            return (scope.source, scope.destination) == lane
        case OnCustodyAccount():
            return False
