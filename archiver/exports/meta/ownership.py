"""Whose download it is, where only its folder says so."""

from __future__ import annotations

import re
from dataclasses import replace

from archiver.exports.identity import Identity

_FOLDER = re.compile(
    r"(?:^|/)(?:facebook|instagram|threads)-(?P<handle>[\w.]+?)"
    r"(?:-\d{1,4}[-_]\w{1,3}[-_]\d{1,4}[^/]*)?/(?:.*)$",
    re.IGNORECASE,
)


def named_by_folder(identity: Identity, root: str) -> tuple[Identity, list[str]]:
    """An identity, with the handle that stands in the name of the folder Meta packed the download
    into ("facebook-cityofx-2026-03-06-a1B2c3/") where nothing inside says one; and a note that
    says so."""
    found = _FOLDER.search(root)
    if identity.handle or found is None:
        return identity, []
    note = f"that it is of @{found['handle']} was read from the name of its folder"
    return replace(identity, handle=found["handle"]), [note]
