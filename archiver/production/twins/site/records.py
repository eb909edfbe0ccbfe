"""A record as a piece of a page: who said what, when and where, its pictures, edits and history."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from archiver.production import words
from archiver.production.composing import undated
from archiver.production.record_pages import NOT_DESCRIBED, noun
from archiver.production.release import Capture, Media, Record
from archiver.production.twins.site import markup
from archiver.production.twins.site.frame import WITHHELD
from archiver.production.twins.site.markup import fill
from archiver.production.twins.site.places import Places
from archiver.production.twins.volume import Volume
from archiver.register.accounts import FORWARDED
from archiver.requests.redacting.passages import Passage

DEEPEST = 4
_RECORD = Markup(
    """<article class="record d{depth} {role}" id="{anchor}" aria-labelledby="{anchor}h">
<p class="no" aria-hidden="true">{number}</p>
<div class="column">
<h2 id="{anchor}h"><span class="vh">Record {number}: </span>{author}{handle}</h2>
<p class="standing">{chip} {standing}</p>
{parts}
</div>
</article>"""
)


class RecordParts:
    """Makes the pieces of a volume's pages that show records."""

    def __init__(self, volume: Volume, places: Places) -> None:
        self._volume = volume
        self._places = places

    def record(self, record: Record, depth: int) -> Markup:
        """A record; `depth` says how far it stands in its conversation."""
        volume = self._volume
        handle = words.at(record.author_handle) if record.author_name else Passage(())
        beside = fill(' <span class="handle">{}</span>', markup.name(handle))
        parts = (
            *self._text(record),
            *self._media(record),
            *self._earlier(record),
            *self._left_out(record),
            *self._history(record),
            self._facts(record),
        )
        return _RECORD.format(
            depth=min(depth, DEEPEST),
            role="own" if record.author_role == "agency" else "other",
            anchor=self._places.anchor(record),
            number=volume.number(record),
            author=markup.name(words.author(record)),
            handle=beside if handle else markup.EMPTY,
            chip=markup.chip(record),
            standing=self._standing(record),
            parts=markup.joined(parts, "\n"),
        )

    def _standing(self, record: Record) -> Markup:
        """Kind, time, to whom, and what it answers."""
        volume = self._volume
        when = words.time(record.created_at, volume.zone)
        if record.undated:
            dated: Markup | str = undated(record, when)
        else:
            dated = markup.time(record.created_at, volume.zone)
        parts = [fill("{}", words.kind(record)), fill("{}", dated)]
        if record.recipients:
            people = markup.joined(map(markup.name, record.recipients), ", ")
            parts.append(fill("to {}", people))
        answered = volume.answered(record)
        if answered is not None:
            number = volume.number(answered)
            link = fill('<a href="{}">record {}</a>', self._places.of(answered), number)
            parts.append(fill("in answer to {}", link))
        elif record.earlier_page:
            parts.append(fill("in answer to the record on page {}", record.earlier_page))
        elif record.answers:
            parts.append(Markup("in answer to a record that is not part of this production"))
        return markup.joined(parts, " · ")

    def _text(self, record: Record) -> Iterator[Markup]:
        if record.text:
            yield markup.block(words.said(record.text), "said", record.language)
        note = words.content_note(record)
        if note is None and not record.text and not record.media:
            note = "This record has no text."
        if note:
            yield fill('<p class="note">{}</p>', note)

    def _media(self, record: Record) -> Iterator[Markup]:
        names = {id(media): path for media, path in self._volume.files(record)}
        for number, media in enumerate(record.media, 1):
            which = f"{number} of {len(record.media)}"
            yield _medium(media, which, names.get(id(media)))

    def _earlier(self, record: Record) -> Iterator[Markup]:
        """Earlier texts, newest first, with what the following edit took out struck through."""
        after = record.text
        for version in reversed(record.versions):
            parts, taken = words.struck(version.text, after)
            edit = "Words struck through do not stand" if taken else "Nothing of it was taken out"
            head = fill(
                '<p class="note">Version {} of {}, captured {}. {} in the text above.</p>',
                version.number,
                record.number,
                markup.time(version.at, self._volume.zone),
                edit,
            )
            text = markup.block(parts, "said earlier", record.language)
            yield fill('<div class="version">{}{}</div>', head, text)
            after = version.text

    def _left_out(self, record: Record) -> Iterator[Markup]:
        for one in record.left_out:
            more: Markup | str = ""
            if one.sheet is not None:
                link = f"../{WITHHELD}#sheet-{one.sheet}"
                more = fill(': see <a href="{}">sheet {}</a>', link, one.sheet)
            elif one.page is not None:
                more = f": see the sheet on page {one.page} of an earlier volume"
            yield fill('<p class="note">{}{}.</p>', words.left_out(one), more)

    def _history(self, record: Record) -> Iterator[Markup]:
        if record.events:
            told = (
                fill(
                    "<li>{} <span>{}</span></li>",
                    markup.time(event.at, self._volume.zone),
                    markup.said(event.words),
                )
                for event in record.events
            )
            yield fill('<ul class="history">{}</ul>', markup.joined(told))

    def _facts(self, record: Record) -> Markup:
        volume = self._volume
        printed = volume.printed(record)
        forwarded = record.platform == FORWARDED
        handle = words.at(Passage.of(record.handle)).words
        account = f"{record.account} ({handle})" if record.account and handle else record.account
        if forwarded:
            account = record.account
        units = dict.fromkeys(filter(None, (account or handle, record.department)))
        first, last = volume.page(printed.first), volume.page(printed.last)
        found: list[tuple[str, Markup | str]] = [
            ("Custodian" if forwarded else "Account", markup.said(", ".join(units))),
            ("Handed in" if forwarded else "Captured", _taken(record.capture, volume.zone)),
            *(("Also", _taken(each, volume.zone)) for each in record.also),
            ("Status", words.state(record)),
            ("Address", _address(record.url)),
            *(("Leads to", _address(link)) for link in record.links),
            ("Id", markup.name(record.native_id) if record.native_id else ""),
            ("Pages", first if first == last else f"{first} to {last}"),
        ]
        file = volume.message_file(record)
        if file:
            link = fill('<a href="../../{}">{}</a>', file, file)
            found.append(("As e-mail", link))
        return markup.facts((label, value) for label, value in found if value)


def _taken(capture: Capture, zone: str) -> Markup:
    """When a record was captured, from what, and where in that it stands."""
    place = f" ({capture.place})" if capture.place else ""
    return fill(
        "{}, from {}{}",
        markup.time(capture.at, zone),
        markup.said(capture.source),
        markup.said(place),
    )


def _address(url: Passage) -> Markup:
    link = words.link(url)
    if link is not None:
        return fill("<bdi>{}</bdi>", markup.web_link(link.url, link.url))
    return markup.name(url) if url else markup.EMPTY


def _medium(media: Media, which: str, path: str | None) -> Markup:
    if media.covered is not None:
        return fill(
            '<p class="note">Picture or file {}: all of it is covered {}</p>',
            which,
            markup.bar(media.covered),
        )
    head = f"{noun(media.media_type)} {which}"
    if not media.is_held:
        text = f"{head}: named by the platform; the city does not hold the file."
        return fill('<p class="note">{}</p>', text)
    alt = media.alt_text or Passage.of(NOT_DESCRIBED)
    caption = fill("{}: {}", head, markup.name(alt))
    if media.parts:
        count = words.count(len(media.parts), "part")
        bars = markup.joined(map(markup.bar, media.parts), " ")
        caption += fill(". {} of it painted over: {}", count, bars)
    if path is None:
        return fill('<p class="note">{}. Its file is not produced.</p>', caption)
    link = fill('<a href="../../{}">{}</a>', path, path)
    shown = _shown(media, path)
    return fill(
        '<figure class="medium">{}<figcaption>{}. {}</figcaption></figure>', shown, caption, link
    )


def _shown(media: Media, path: str) -> Markup:
    """The picture or the player."""
    source = f"../../{path}"
    kind = path.rpartition(".")[2]
    described = markup.said(media.alt_text.words)
    if kind in ("jpg", "png"):
        alt = described or f"A picture; {NOT_DESCRIBED}"
        return fill('<img src="{}" alt="{}" dir="auto" loading="lazy">', source, alt)
    if kind in ("mp4", "mov"):
        named = described or f"A video; {NOT_DESCRIBED}"
        return fill(
            '<video src="{}" controls preload="none" aria-label="{}"></video>', source, named
        )
    if kind == "m4a":
        named = described or f"A recording; {NOT_DESCRIBED}"
        return fill(
            '<audio src="{}" controls preload="none" aria-label="{}"></audio>', source, named
        )
    return markup.EMPTY
