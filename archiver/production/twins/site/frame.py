"""What every page of the site has around it: its head, the way to the other parts, its foot."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from archiver.production.pages import PRACTICE
from archiver.production.twins.site.markup import EMPTY, fill, joined, said
from archiver.production.twins.volume import Volume

INDEX = "index.html"
WITHHELD = "withheld.html"
REDACTIONS = "redactions.html"
LISTS = "lists.html"
SEARCH = "search.html"
CHECK = "check.html"

_POLICY = (
    "default-src 'none'; style-src 'self' file:; script-src 'self' file:; img-src 'self' file:; "
    "media-src 'self' file:; base-uri 'none'; form-action 'none'"
)
_PAGE = Markup(
    """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<link rel="stylesheet" href="{root}style.css">{script}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="head"><div class="inside">
<p class="agency">{agency}</p>
<p class="request"><a href="{root}index.html">Request {number}</a> <span>volume {volume}</span></p>
<nav aria-label="Parts of this volume"><ul>{parts}</ul></nav>
</div>{notices}</header>
<main id="main" tabindex="-1">
{body}
</main>
<footer class="foot"><div class="inside">
<p>{agency} · Public Records Act request {number} · Volume {volume}</p>
<p>Pages {pages}. These pages say what <a href="{root}../packet.pdf">packet.pdf</a> says and no
more.</p>
</div></footer>
</body>
</html>
"""
)


@dataclass(frozen=True, slots=True)
class Frame:
    """Makes whole pages of a volume."""

    volume: Volume

    def page(self, title: str, body: Markup, *, part: str, deep: bool = False) -> bytes:
        """A page. `part` is the file of the part it belongs to, `deep` whether it lies one folder
        below the others."""
        release, root = self.volume.release, "../" if deep else ""
        script = fill('\n<script src="{}filter.js" defer></script>', root)
        text = _PAGE.format(
            policy=_POLICY,
            title=said(f"{title} · Request {release.request.number}"),
            root=root,
            script=script if part == INDEX and not deep else EMPTY,
            agency=said(release.office.agency),
            number=said(release.request.number),
            volume=release.volume,
            parts=self._parts(part, root, here=not deep),
            notices=self._notices(),
            body=body,
            pages=str(self.volume.packet.pages),
        )
        return said(text).encode("utf-8")

    def _parts(self, part: str, root: str, *, here: bool) -> Markup:
        release = self.volume.release
        known = [
            (INDEX, "Records", True),
            (WITHHELD, "Withheld", True),
            (REDACTIONS, "Redactions", any(each.redactions for each in release.records)),
            (LISTS, "Lists", bool(release.lists)),
            (SEARCH, "Statement of search", True),
            (CHECK, "How to check", True),
        ]
        found = []
        for file, label, stands in known:
            if stands:
                mark = fill(' aria-current="{}"', "page" if here else "true")
                found.append(
                    fill(
                        '<li><a href="{}{}"{}>{}</a></li>',
                        root,
                        file,
                        mark if file == part else EMPTY,
                        label,
                    )
                )
        return joined(found)

    def _notices(self) -> Markup:
        release = self.volume.release
        told = [PRACTICE] if release.request.practice else []
        told += [release.draft] if release.draft else []
        return joined(fill('<p class="notice">{}</p>', said(one)) for one in told)
