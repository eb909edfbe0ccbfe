"""The pages a requester sees: what is theirs to fetch, and that there is nothing.

Plain HTML that works without script, in the desk's language (one column, ink on paper, light and
dark). A page that says "nothing here" is the same to the byte for a wrong address, a wrong token,
an ended link and one that was withdrawn: it tells nothing of what there is.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape
from pathlib import Path

from archiver.production.delivery.links import STATION, Link, Offered

_STYLE = Path(__file__).with_name("pages.css").read_text("utf-8")
_LOGO = (
    '<svg viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="7" '
    'fill="var(--accent)"/><path d="M8 11h16M10 11v13h12V11M8 7h16v4H8zM13.5 16h5" fill="none" '
    'stroke="var(--accent-ink)" stroke-width="2" stroke-linejoin="round" '
    'stroke-linecap="round"/></svg>'
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{_STYLE_HASH}'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"x-robots-tag", b"noindex, nofollow, noarchive"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"connection", b"close"),
)
"""What every answer carries. One connection, one answer: the next may be for another link."""


def nothing_here() -> tuple[tuple[tuple[bytes, bytes], ...], bytes]:
    """The answer where there is nothing to be told: headers and page."""
    body = _page(
        "Nothing here",
        "Public records",
        "<h1>There is nothing at this address</h1>"
        '<p class="lead">A link to records ends on its day, and may be withdrawn before. It may '
        "also have been copied in part: it is one long line.</p>"
        '<p class="lead">Ask the office that sent it to you for a new one. Records that were '
        "released to you stay released.</p>",
    )
    kind = (b"content-type", b"text/html; charset=utf-8")
    length = (b"content-length", str(len(body)).encode())
    return (kind, length, *HEADERS), body


def offer(link: Link, path: str, left: dict[str, int], problem: str = "") -> bytes:
    """The page of a link. `path` is the address of the page itself, `left` how many downloads each
    file still allows (none named: as many as are asked for)."""
    station = link.kind == STATION
    files = "".join(_file(link, each, path, left) for each in link.files)
    told = f'<div class="banner" role="alert"><p>{escape(problem)}</p></div>' if problem else ""
    return _page(
        link.title,
        link.agency,
        f"<h1>{escape(link.title)}</h1>"
        f'<p class="lead">{escape(link.about)}</p>'
        f'<p class="ends">{"Open" if station else "This link works"} until '
        f"{escape(link.expires_shown)}</p>{told}"
        f'<section class="card" aria-label="Files">{files}</section>'
        f"{_inspecting() if station else _checking(link)}",
        "What is written down: when a page or a file was fetched, and how much of it. Not by whom, "
        "and from no address.",
    )


def _file(link: Link, file: Offered, path: str, left: dict[str, int]) -> str:
    about = f"{file.about}, {size_text(file.size)}"
    head = f'<div><b>{escape(file.name)}</b><div class="about">{escape(about)}</div></div>'
    name = escape(file.name, quote=True)
    if file.inline:
        act = f'<a class="btn" href="{path}/view/{name}" aria-label="Open {name}">Open</a>'
        return f'<div class="file">{head}{act}</div>'
    rest = ""
    if link.most:
        some = left.get(file.name, 0)
        rest = (
            f'<p class="left">{some} of {link.most} downloads left.</p>'
            if some
            else '<p class="left">No download is left. Ask the office that sent the link for a '
            "new one.</p>"
        )
    digest = " ".join(_groups(file.sha256))
    hashed = f"<details><summary>SHA-256</summary><code>{digest}</code></details>"
    if link.most and not left.get(file.name, 0):
        return f'<div class="file">{head}<span></span>{rest}{hashed}</div>'
    field = ""
    if link.passphrase:
        field = (
            f'<p class="left"><label for="p-{name}">Passphrase for {name}</label>'
            f'<input id="p-{name}" name="passphrase" type="password" autocomplete="off" required '
            'maxlength="200"></p>'
        )
    button = f'<button class="btn" aria-label="Download {name}">Download</button>'
    return (
        f'<form class="file" method="post" action="{path}/get">'
        f'<input type="hidden" name="file" value="{name}">{head}{button}{field}{rest}{hashed}'
        "</form>"
    )


def _checking(link: Link) -> str:
    volume = next((each for each in link.files if each.name.endswith(".zip")), None)
    if volume is None:
        return ""
    return (
        '<section class="card" aria-labelledby="check"><h2 id="check">Check that nothing was '
        'altered</h2><ol class="how"><li>Unpack the zip: a folder with packet.pdf, the data and '
        "manifest.json, which names every file with its SHA-256.</li>"
        "<li>Open <code>verify.html</code> in that folder with any browser. It works without a "
        "connection and names what is wrong. With the proof file it also shows that the records "
        "are those the city sealed when it captured them.</li>"
        "<li>A download that was broken off goes on where it stopped.</li></ol></section>"
    )


def _inspecting() -> str:
    return (
        '<section class="card" aria-labelledby="how"><h2 id="how">Looking costs nothing</h2>'
        '<p class="lead">Public records may be inspected free of charge during office hours '
        "(Gov. Code § 7922.525). Ask at the counter for a copy, on paper or as files.</p></section>"
    )


def size_text(size: int) -> str:
    """A size as a person reads it."""
    if size < 1_000_000:
        return f"{max(1, round(size / 1_000)):,} kB"
    if size < 1_000_000_000:
        return f"{size / 1_000_000:,.1f} MB"
    return f"{size / 1_000_000_000:,.1f} GB"


def _groups(digest: str) -> list[str]:
    return [digest[at : at + 8] for at in range(0, len(digest), 8)]


def _page(title: str, agency: str, main: str, foot: str = "") -> bytes:
    kind = "<small>Public records</small>" if agency != "Public records" else ""
    said = f"<footer><p>{escape(foot)}</p></footer>" if foot else ""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} – {escape(agency)}</title><style>{_STYLE}</style></head><body>"
        '<a class="skip" href="#main">Skip to content</a>'
        f"<header>{_LOGO}<span><b>{escape(agency)}</b>{kind}</span></header>"
        f'<main id="main" tabindex="-1">{main}</main>{said}</body></html>\n'
    ).encode("utf-8", "replace")
