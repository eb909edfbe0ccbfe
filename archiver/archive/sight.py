"""What somebody may know of the records: which evidence files, and whose accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Sight:
    """What a person may know of: private records or not, and the accounts of which `departments`.

    `accounts` are those departments' accounts at this moment, by id; None: every account. No
    department has no account, and who is limited to such a one sees no record.
    """

    private: bool
    departments: tuple[str, ...] = ()
    accounts: frozenset[int] | None = None

    @property
    def limited(self) -> bool:
        """Whether there are accounts this person is not to know of."""
        return self.accounts is not None

    @property
    def whole(self) -> bool:
        """Whether every record may be known of, so that a number of them tells nothing more."""
        return self.private and not self.limited

    @property
    def files(self) -> tuple[str, ...]:
        """The evidence files by name."""
        return ("archive", "private") if self.private else ("archive",)


EVERYTHING: Final = Sight(private=True)
