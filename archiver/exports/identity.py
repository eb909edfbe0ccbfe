"""Whose download it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """The account a download names. Whatever else a download holds about the person who signs in
    (mail address, telephone number) is left where it is. All None: it does not say whose it is."""

    native_id: str | None = None
    handle: str | None = None
    display_name: str | None = None
    created_at: str | None = None
    earlier_handles: tuple[str, ...] = ()

    @property
    def said(self) -> bool:
        """Whether the download says anything of whose it is."""
        return any((self.native_id, self.handle, self.display_name))

    @property
    def shown(self) -> str:
        """The account as a person reads it: a handle, a name, an id, as far as they are told."""
        told = [f"@{self.handle}" if self.handle else "", self.display_name or ""]
        told.append(f"id {self.native_id}" if self.native_id else "")
        return ", ".join(part for part in told if part) or "an account it does not name"
