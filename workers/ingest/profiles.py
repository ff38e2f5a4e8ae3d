"""Profiles of servicers: what the configuration says of a sender that its messages leave out."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A servicer by our name for it, and our safekeeping accounts there, as messages give them.

    `reversals` says which movement its reversals state: the `original` that they undo, or the `reversing`
    one.
    """

    name: str
    accounts: tuple[str, ...]
    reversals: Literal["original", "reversing"] | None = None


@dataclass(frozen=True, slots=True)
class Profiles:
    """All profiles; an account belongs to one servicer only."""

    profiles: tuple[Profile, ...] = ()
    _by_account: dict[str, Profile] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Index the accounts and refuse one that two profiles claim."""
        for profile in self.profiles:
            for account in profile.accounts:
                other = self._by_account.setdefault(account, profile)
                if other is not profile:
                    raise ValueError(
                        f"account {account!r} stands in the profiles {other.name!r} and {profile.name!r}"
                    )

    def of_account(self, account: str) -> Profile | None:
        """Return the profile of the servicer that keeps this account."""
        return self._by_account.get(account)


NO_PROFILES = Profiles()
