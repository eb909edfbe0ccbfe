"""Writing web pages as Meta's downloads have them, in the styles since 2018."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

_MONTHS_ES = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")
_STYLE = "<style>._a6-g{border:1px}.uiBoxWhite{background:#fff}</style>"


@dataclass(frozen=True, slots=True)
class Style:
    """A style of pages: the box, its heading, body and time, and how a time is written."""

    box: str
    heading: str
    body: str
    time: str
    zone: dt.tzinfo
    seconds: bool
    spanish: bool = False
    label: str = "_a6_m"

    def moment(self, at: int) -> str:
        """A time as the page shows it."""
        local = dt.datetime.fromtimestamp(at, self.zone)
        half = "am" if local.hour < 12 else "pm"
        clock = f"{local.hour % 12 or 12}:{local:%M}" + (f":{local:%S}" if self.seconds else "")
        month = _MONTHS_ES[local.month - 1] + "." if self.spanish else f"{local:%b}"
        return f"{month} {local:%d}, {local.year} {clock} {half}"


PACIFIC = ZoneInfo("America/Los_Angeles")
BEHIND = dt.timezone(dt.timedelta(hours=-8))
OLD = Style(
    '<div class="pam _3-95 _2pi0 _2lej uiBoxWhite noborder">{}</div>',
    '<div class="_3-96 _2pio _2lek _2lel">{}</div>',
    '<div class="_3-96 _2let">{}</div>',
    '<div class="_3-94 _2lem">{}</div>',
    PACIFIC,
    seconds=False,
    label="_4mp8",
)
MIDDLE = Style(
    '<div class="_3-95 _a6-g">{}</div>',
    '<div class="_2ph_ _a6-h _a6-i">{}</div>',
    '<div class="_2ph_ _a6-p">{}</div>',
    '<div class="_3-94 _a6-o"><a target="_blank" href="https://www.facebook.com/dyi/l/?l=x">'
    '<div class="_a72d">{}</div></a></div>',
    PACIFIC,
    seconds=True,
)
NEW = Style(
    '<section class="_a6-g" aria-labelledby="u_0_1">{}</section>',
    '<h2 class="_2ph_ _a6-h _a6-i" id="u_0_1">{}</h2>',
    '<div class="_2ph_ _a6-p">{}</div>',
    '<footer class="_3-94 _a6-o"><a target="_blank" href="https://www.facebook.com/dyi/l/?l=x">'
    '<div class="_a72d">{}</div></a></footer>',
    PACIFIC,
    seconds=True,
)
INSTAGRAM = Style(
    '<div class="pam _3-95 _2ph- _a6-g uiBoxWhite noborder">{}</div>',
    '<h2 class="_3-95 _2pim _a6-h _a6-i">{}</h2>',
    '<div class="_3-95 _a6-p">{}</div>',
    '<div class="_3-94 _a6-o">{}</div>',
    BEHIND,
    seconds=False,
)
SPANISH = Style(
    INSTAGRAM.box, INSTAGRAM.heading, INSTAGRAM.body, INSTAGRAM.time, BEHIND, False, spanish=True
)


def shown(text: str) -> str:
    """A text as it stands in a page."""
    return html.escape(text).replace("&#x27;", "&#039;").replace("\n", "<br />")


def box(style: Style, heading: str, body: str, at: int | None) -> str:
    """A box of a page."""
    inner = (style.heading.format(shown(heading)) if heading else "") + style.body.format(body)
    return style.box.format(inner + (style.time.format(style.moment(at)) if at else ""))


def message_body(
    text: str, files: Iterable[str], share: Mapping[str, str], reactions: Iterable[str]
) -> str:
    """The body of a message: parts of which the second are the words and the third is what it
    shares (its words, whose they are, its address), named as in the JSON."""
    media = "".join(
        f'<div><a target="_blank" href="{one}"><img src="{one}" class="_a6_o _3-96" /></a></div>'
        for one in files
    )
    link = share.get("link", "")
    told = "".join(
        f"<div>{shown(share.get(one, ''))}</div>"
        for one in ("share_text", "original_content_owner")
    )
    leads = f'<div><a target="_blank" href="{link}">{link}</a></div>'
    shared = f"<div><div>{told}{leads}</div></div>" if link else "<div></div>"
    faces = "".join(f"<li><span>{shown(one)}</span></li>" for one in reactions)
    listed = f'<div><ul class="_a6-q">{faces}</ul></div>' if faces else ""
    return (
        f"<div><div></div><div>{shown(text)}</div>{shared}"
        f"<div></div><div>{media}</div>{listed}</div>"
    )


def post_body(text: str, files: Iterable[str], link: str, edited: str) -> str:
    """The body of a post: its parts each in a frame of their own."""
    parts = [
        f'<div class="_2pin"><div><a target="_blank" href="{one}"><img src="{one}" '
        f'class="_a6_o _3-96" /></a><div class="_3-95"></div></div></div>'
        for one in files
    ]
    if link:
        parts.append(f'<div class="_2pin"><div><a href="{link}">{link}</a></div></div>')
    if text:
        parts.append(f'<div class="_2pin"><div>{shown(text)}</div></div>')
    if edited:
        parts.append(f'<div class="_2pin"><div>Updated {edited}</div></div>')
    return f"<div>{''.join(parts)}</div>"


def comment_body(style: Style, text: str, group: str) -> str:
    """The body of a comment: its words, behind the name of the group it was written in."""
    name = f'<span class="{style.label}">Group: </span>{shown(group)}'
    within = f'<div class="_3-95">{name}</div>' if group else ""
    return f'<div><div class="_2pin"><div>{within}{shown(text)}</div></div></div>'


def page(title: str, boxes: Iterable[str], intro: str = "") -> Iterator[str]:
    """A page, piece by piece."""
    yield (
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />'
        f'<title>{shown(title)}</title>{_STYLE}</head><body class="_5vb_ _2yq">'
        f'<div class="_li"><header><h1>{shown(title)}</h1>{intro}</header><main class="_a706">'
    )
    yield from boxes
    yield "</main></div></body></html>"


def front_page(name: str, made_at: dt.datetime, since: dt.datetime, zone: dt.tzinfo) -> str:
    """The page that says by whom, when and for which days a download was made."""
    words = _moment_of(made_at.astimezone(zone))
    asked = "".join(
        f'{lead}<time datetime="{one:%Y-%m-%dT%H:%MZ}">{one:%B} {one.day}, {one.year}</time>'
        for lead, one in (("Contains data you requested from ", since), (" to ", made_at))
    )
    note = (
        f'<aside role="contentinfo" class="_aoaa">Generated by {shown(name)} on '
        f'<time datetime="{made_at:%Y-%m-%dT%H:%MZ}">{words}</time><div>{asked}</div></aside>'
    )
    return f"<html><head><title>Start here</title></head><body>{note}</body></html>"


def worded_front_page(
    name: str, made_at: dt.datetime, since: dt.datetime | None, zone: dt.tzinfo
) -> str:
    """The same as it was until 2024: in words, and at the foot of the page where nothing is said of
    the days that were asked for."""
    made = f"Generated by {shown(name)} on {_moment_of(made_at.astimezone(zone))}"
    if since is None:
        note = f'<div class="_4t5o"><div>{made}</div></div>'
    else:
        days = (one.astimezone(zone) for one in (since, made_at))
        asked = " to ".join(_moment_of(one).partition(", ")[2].partition(" UTC")[0] for one in days)
        asked = f"<div>Contains data you requested from {asked}</div>"
        note = f'<div class="_aoaa"><div>{made}{asked}</div></div>'
    return f"<html><head><title>Start here</title></head><body>{note}</body></html>"


def _moment_of(local: dt.datetime) -> str:
    offset = local.strftime("%z")
    day = f"{local:%A}, {local:%B} {local.day}, {local.year}"
    clock = f"{local.hour % 12 or 12}:{local:%M} {local:%p}"
    return f"{day} at {clock} UTC{offset[:3]}:{offset[3:]}"
