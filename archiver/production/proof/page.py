"""The page that checks a volume in any browser: one file, the same for every volume.

It is put together from its parts here, so that each can be read and changed by itself. Its policy
(Content-Security-Policy) names the hash of its own script and style and allows nothing else: the
page can ask no server for anything, and nothing that a file says can run.
"""

from __future__ import annotations

import base64
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

NAME = "verify.html"
_SCRIPTS = ("hashing.js", "zip.js", "proof.js", "checking.js", "page.js")


def write_verify_page(folder: Path) -> None:
    """Write verify.html into a volume. Raises OSError."""
    (folder / NAME).write_bytes(verify_page())


@cache
def verify_page() -> bytes:
    """The page, in one piece."""
    parts = files(__package__) / "verify_page"
    style = (parts / "page.css").read_text("utf-8")
    script = "\n".join((parts / name).read_text("utf-8") for name in _SCRIPTS)
    page = (parts / "page.html").read_text("utf-8")
    for mark, text in (("style", style), ("script", script)):
        if f"</{mark}" in text:
            raise ValueError(f"the {mark} of the page would end it")
        digest = base64.b64encode(sha256(text.encode("utf-8")).digest()).decode("ascii")
        page = page.replace(f"{{{mark}-hash}}", digest).replace(f"{{{mark}}}", text)
    return page.encode("utf-8")
