"""The reading room's static pages: plain HTML that works from any web server, without script."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

_STYLE = (
    (Path(__file__).parents[1] / "delivery" / "pages.css").read_text("utf-8")
    + """
article:first-of-type{margin-top:1.5rem}
article{border-top:1px solid var(--line);padding:1.25rem 0}
article h2{font-size:1rem}
.said{margin-top:.5rem;white-space:pre-wrap;overflow-wrap:anywhere;max-width:42rem}
.meta{color:var(--ink-2);font-size:.875rem}
img{max-width:100%;height:auto;border:1px solid var(--line);border-radius:6px;margin-top:.75rem}
.list{list-style:none}
.list li+li{border-top:1px solid var(--line)}
.list li{padding:1rem 0}
"""
)
Told = Mapping[str, Any]


def index_page(room: Told, postings: Sequence[Told]) -> str:
    """The list of what is posted."""
    lines = "".join(
        f'<li><a href="{escape(each["slug"])}/index.html"><b>{escape(each["title"])}</b></a>'
        f'<p class="meta">Request {escape(each["request"])}, {_records(each["numbers"])}. '
        f"Approved for posting {_day(each['approved_on'])}.</p></li>"
        for each in postings
    )
    main = (
        "<h1>Public records</h1>"
        '<p class="lead">Records that were released under the Public Records Act and are posted '
        "for everybody. What is covered names the section of law. Not all that was released is "
        "posted: private messages, lists of people, and what may hold personal data are not.</p>"
        f'<ul class="list card">{lines or "<li>Nothing is posted at the moment.</li>"}</ul>'
        '<p class="lead"><a href="public.db">The same as a database (SQLite)</a></p>'
    )
    return _page(room, "Public records", main)


def posting_page(room: Told, posting: Told, entries: Sequence[Told]) -> str:
    """One posting with its records."""
    main = (
        '<p class="meta"><a href="../index.html">All postings</a></p>'
        f"<h1>{escape(posting['title'])}</h1>"
        f'<p class="lead">Request {escape(posting["request"])}, volume {posting["volume"]}. '
        f"{_records(entries)}. Approved for posting by {escape(posting['attorney'])}, city "
        f"attorney, on {_day(posting['approved_on'])}.</p>" + "".join(map(_article, entries))
    )
    return _page(room, posting["title"], main)


def tombstone_page(room: Told, gone: Told) -> str:
    """What stands where a posting was taken down: that it was, and when. Nothing of its content."""
    main = (
        "<h1>This posting was taken down</h1>"
        f'<p class="lead">It was taken down on {_day(gone["day"])}. The records are kept; ask '
        "the city for them under the Public Records Act.</p>"
        '<p class="lead"><a href="../index.html">All postings</a></p>'
    )
    return _page(room, "Taken down", main)


def _article(entry: Told) -> str:
    who = entry["author_name"] or entry["author_handle"] or "Unknown"
    lang = f' lang="{escape(entry["language"])}"' if entry["language"] else ""
    bars = "; ".join(entry["redactions"])
    pictures = "".join(
        f'<img src="{escape(each["file"])}" alt="{escape(each["description"] or "Picture")}">'
        if _is_picture(each["file"])
        else f'<p><a href="{escape(each["file"])}">{escape(Path(each["file"]).name)}</a></p>'
        for each in entry["media"]
    )
    return (
        f'<article id="r{entry["number"]}" aria-labelledby="h{entry["number"]}">'
        f'<h2 id="h{entry["number"]}"><bdi>{escape(who)}</bdi></h2>'
        f'<p class="meta">{escape(_platform(entry))}, {escape(entry["created_local"] or "undated")}'
        f", page {escape(entry['first_page'])}</p>"
        f'<p class="said" dir="auto"{lang}>{escape(entry["text"])}</p>{pictures}'
        + (f'<p class="meta">Covered under {escape(bars)}.</p>' if bars else "")
        + "</article>"
    )


def _platform(entry: Told) -> str:
    names = {"x": "X", "youtube": "YouTube"}
    platform = names.get(entry["platform"], str(entry["platform"]).capitalize())
    kind = "Post" if entry["kind"] == "post" else "Comment"
    return f"{kind} on {platform}, account {entry['account']}"


def _is_picture(name: str) -> bool:
    return name.rpartition(".")[2].lower() in ("jpg", "jpeg", "png", "gif", "webp")


def _records(numbers: Sequence[object]) -> str:
    return "1 record" if len(numbers) == 1 else f"{len(numbers):,} records"


def _day(iso: str) -> str:
    day = dt.date.fromisoformat(iso)
    return f"{day.day} {day:%b} {day.year}"


def _page(room: Told, title: str, main: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'; img-src 'self'\">"
        f"<title>{escape(title)} – {escape(room['agency'])}</title><style>{_STYLE}</style></head>"
        '<body><a class="skip" href="#main">Skip to content</a>'
        f"<header><span><b>{escape(room['agency'])}</b><small>Public records</small></span>"
        "</header>"
        f'<main id="main" tabindex="-1">{main}</main></body></html>\n'
    )
