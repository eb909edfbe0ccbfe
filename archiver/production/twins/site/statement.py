"""The statement of search as a page."""

from __future__ import annotations

from markupsafe import Markup

from archiver.production.front import ASKED, NOT_SEARCHED, SEARCHED, held_until, state_of, worded
from archiver.production.look import platform
from archiver.production.release import Coverage
from archiver.production.twins.site import markup
from archiver.production.twins.site.markup import fill
from archiver.production.twins.volume import Volume


def statement(volume: Volume) -> Markup:
    """The statement of search."""
    release, zone = volume.release, volume.zone
    text = [
        Markup("<h1>Statement of search</h1>"),
        markup.paragraphs(["The request, in the words the city worked from:"]),
        fill(
            '<blockquote class="said" dir="auto">{}</blockquote>',
            markup.said(release.request.wording),
        ),
    ]
    if release.request.due_words:
        text.append(Markup("<h2>The ten-day date</h2>"))
        text.append(markup.paragraphs(release.request.due_words))
    text.append(Markup("<h2>Searches made</h2>"))
    text.append(markup.paragraphs([SEARCHED if release.searches else NOT_SEARCHED]))
    if release.searches:
        heads = ("Made", "Words searched", "Limits", "Where", "Found")
        rows = (
            (
                markup.time(one.at, zone),
                fill('<bdi class="lines">{}</bdi>', markup.said(worded(one))),
                markup.said(one.filters) or "none",
                one.where,
                f"{'' if one.exact else 'at least '}{one.found:,}",
            )
            for one in release.searches
        )
        text.append(markup.table("Searches made", heads, rows))
    if release.custodians:
        text.append(Markup("<h2>Custodians asked</h2>"))
        text.append(markup.paragraphs([ASKED]))
        for each in release.custodians:
            text.append(
                fill(
                    '<h3>{}, asked {}</h3><div class="told">{}</div>',
                    markup.said(each.who),
                    markup.time(each.asked_at, zone),
                    markup.paragraphs(each.told),
                )
            )
    if release.coverage:
        text.append(Markup("<h2>What the archive holds of these accounts</h2>"))
        text.append(markup.paragraphs([held_until(release)]))
        text += map(_coverage, release.coverage)
    return markup.joined(text, "\n")


def _coverage(one: Coverage) -> Markup:
    names = f"{platform(one.platform)[0]}: {', '.join(one.accounts)}"
    if not one.held:
        return fill("<h3>{}</h3><p>No run has covered anything yet.</p>", markup.said(names))
    found = []
    for held in one.held:
        kinds = ", ".join(held.what)
        told = (
            fill("<span>{}: {}</span>", each.days, markup.said(state_of(each)))
            for each in held.stated
        )
        found.append((kinds[:1].upper() + kinds[1:], markup.joined(told, "<br>")))
    return fill("<h3>{}</h3>{}", markup.said(names), markup.facts(found, "held"))
