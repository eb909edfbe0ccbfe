"""A record on paper: who said what, when and where, its pictures, its edits, its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from archiver.errors import InputError
from archiver.pdf import images
from archiver.pdf.flow import Flow, Frame
from archiver.pdf.inline import Inline, Link, Span
from archiver.pdf.measuring import Ruler
from archiver.production import look, words
from archiver.production.back import record_place, sheet_place
from archiver.production.bates import bates
from archiver.production.facts import Fact, facts
from archiver.production.media_files import MediaFolder, StripError
from archiver.production.pages import Foot, chip
from archiver.production.release import Media, Office, Record
from archiver.register.accounts import FORWARDED
from archiver.requests.redacting.passages import Passage

STEP = 15.0
DEEPEST = 4
PICTURE_HEIGHT = 250.0
SHORT_ID = 26
OUTLINE_LENGTH = 120
NOT_DESCRIBED = "no description was given on the platform"
LEAST_PICTURE = 150.0
SEPARATION = 32.0
WHOLE = 520.0
FAIR_START = 200.0
LONG = 4000
TALL = Frame(look.FRAME.left, look.FRAME.right, 1_000_000.0, 0.0)


@dataclass(slots=True)
class Printed:
    """Where a record stands in the packet, and the names its media files were given."""

    ordinal: int
    first: int
    last: int
    media: list[tuple[Media, str]] = field(default_factory=list)


class RecordPages:
    """Prints the records of a release one after the other."""

    def __init__(
        self,
        flow: Flow,
        foot: Foot,
        office: Office,
        media: MediaFolder,
        heights: Mapping[str, float] | None = None,
    ) -> None:
        self._flow = flow
        self._foot = foot
        self._office = office
        self._prefix = office.bates_prefix
        self._folder = media
        self._of = ""
        self._pictures = PICTURE_HEIGHT
        self.printed: dict[str, Printed] = {}
        self.heights: dict[str, float] = dict(heights or {})
        """The height of each short record without its pictures, by key; found once."""

    def thread(self, records: Sequence[Record], numbers: Mapping[str, int]) -> None:
        """Print a conversation. `numbers` gives every released record's ordinal."""
        depth: dict[str, int] = {}
        self._of = ""
        if len(records) > 1:
            noun = "message" if records[0].kind == "message" else "record"
            self._of = f"first of {words.count(len(records), noun)} of this conversation here"
        for place, record in enumerate(records):
            above = depth.get(record.parent or "", -1)
            message = record.kind == "message"
            depth[record.key] = 0 if message else min(above + 1, DEEPEST)
            self._record(record, numbers, first=place == 0, depth=depth[record.key])

    def _record(
        self, record: Record, numbers: Mapping[str, int], *, first: bool, depth: int
    ) -> None:
        flow = self._flow
        self._pictures = self._begin(record, numbers, first=first, depth=depth)
        if self.printed and not flow.at_top:
            self._separate(first)
        printed = Printed(numbers[record.key], self._foot.number, self._foot.number)
        self.printed[record.key] = printed
        self._print(record, printed, numbers, first=first, depth=depth)
        printed.last = self._foot.number

    def _print(
        self,
        record: Record,
        printed: Printed,
        numbers: Mapping[str, int],
        *,
        first: bool,
        depth: int,
        media: bool = True,
    ) -> None:
        flow = self._flow
        with flow.writer.element("Sect"):
            rail = look.FAINT if depth else None
            with flow.inset(depth * STEP, rail=rail):
                self._head(record, printed.ordinal, first=first)
                self._standing(record, numbers, first=first)
                self._text(record)
                if media:
                    self._media(record, printed)
                self._earlier(record)
                self._left_out(record)
                self._history(record)
                facts(flow, self._facts(record, printed))

    def _begin(
        self, record: Record, numbers: Mapping[str, int], *, first: bool, depth: int
    ) -> float:
        """Go to a new page where the record should not begin here; gives its pictures' height.

        A short record stays whole, its pictures made smaller where that keeps it on the page; a
        long one gets a fair start.
        """
        flow = self._flow
        flow.start()
        if flow.at_top:
            return PICTURE_HEIGHT
        texts = (record.text, *(version.text for version in record.versions))
        if sum(len(text.words) for text in texts) > LONG:
            flow.need(FAIR_START)
            return PICTURE_HEIGHT
        height = SEPARATION + self._height(record, numbers, first=first, depth=depth)
        pictures = sum(1 for one in record.media if one.is_held and _is_picture(one))
        if pictures and flow.room - height >= pictures * LEAST_PICTURE:
            return min((flow.room - height) / pictures, PICTURE_HEIGHT)
        height += pictures * PICTURE_HEIGHT
        flow.need(height if height < WHOLE else FAIR_START)
        return PICTURE_HEIGHT

    def _height(
        self, record: Record, numbers: Mapping[str, int], *, first: bool, depth: int
    ) -> float:
        """The height of a record without its pictures, found by printing it to nowhere."""
        known = self.heights.get(record.key)
        if known is not None:
            return known
        ruled = Flow(Ruler(self._flow.writer.type), TALL, self._foot)
        ruler = RecordPages(ruled, self._foot, self._office, self._folder)
        ruler._of = self._of
        ruled.start()
        printed = Printed(numbers[record.key], self._foot.number, self._foot.number)
        ruler._print(record, printed, numbers, first=first, depth=depth, media=False)
        captions = len(record.media) * (2 * look.SMALL.leading + 16)
        height = self.heights[record.key] = TALL.top - ruled.y + captions
        return height

    def _separate(self, first: bool) -> None:
        flow = self._flow
        flow.space(20 if first else 14)
        left = flow.left
        flow.left = look.MARGIN if first else look.COLUMN
        flow.rule(look.INK if first else look.FAINT, 0.8 if first else 0.5)
        flow.left = left
        flow.space(12)

    def _head(self, record: Record, ordinal: int, *, first: bool) -> None:
        """Number and platform in the margin, the author in the column: one heading."""
        flow, writer = self._flow, self._flow.writer
        place = record_place(record.key)
        zone = self._office.time_zone
        name, colour = look.platform(record.platform)
        author = words.author(record)
        title = f"{ordinal}. {author.words}, {words.day(record.created_at, zone)}"
        writer.outline(title[:OUTLINE_LENGTH], place, 1 if first else 2)
        writer.mark_place(place, flow.y + 14)
        base_line = flow.base_line(look.AUTHOR)
        handle = words.at(record.author_handle) if record.author_name else Passage(())
        with writer.element("H2" if first else "H3"):
            with writer.content():
                flow.set_line(f"{ordinal} ", look.NUMERAL, look.MARGIN, base_line - 2.5)
            x = look.MARGIN + max(flow.measure(str(ordinal), look.NUMERAL) + 8, 30)
            beside = x + flow.measure(name, look.CHIP) + 14 < look.COLUMN
            with writer.content():
                if beside:
                    chip(flow, name, colour, x, base_line + 0.6)
                else:
                    chip(flow, name, colour, look.MARGIN, base_line - 18)
            parts = words.inlines(author)
            if handle:
                beside_name = Passage(("  ", *handle.parts))
                parts += words.inlines(beside_name, look.HANDLE.cut, look.SOFT)
            style = look.AUTHOR
            lines = writer.type.lines(parts, style.cut, style.size, flow.width)
            flow.lines(lines, parts, style)

    def _standing(self, record: Record, numbers: Mapping[str, int], *, first: bool) -> None:
        """One line: kind, time, and what it answers."""
        zone = self._office.time_zone
        when = words.time(record.created_at, zone)
        stated = undated(record, when) if record.undated else when
        parts: list[Inline] = [Span(f"{words.kind(record)}  ·  {stated}")]
        if record.recipients:
            parts += [Span("  ·  to "), *words.inlines(words.joined(record.recipients))]
        if record.parent in numbers and record.parent is not None:
            target = Link(place=record_place(record.parent))
            parts += [
                Span("  ·  in answer to "),
                Span(f"record {numbers[record.parent]}", colour=look.ACCENT, link=target),
            ]
        elif record.earlier_page:
            parts.append(Span(f"  ·  in answer to the record on page {record.earlier_page}"))
        elif record.answers:
            parts.append(Span("  ·  in answer to a record that is not part of this production"))
        if first and self._of:
            parts.append(Span(f"  ·  {self._of}"))
        self._flow.paragraph(parts, look.SMALL, after=5)

    def _text(self, record: Record) -> None:
        flow = self._flow
        if record.text:
            said = words.said(record.text)
            flow.paragraph(said, look.SAID, language=record.language, after=4)
        note = words.content_note(record)
        if note is None and not record.text and not record.media:
            note = "This record has no text."
        if note:
            flow.paragraph(note, look.SMALL, after=4)

    def _media(self, record: Record, printed: Printed) -> None:
        for number, media in enumerate(record.media, 1):
            self._medium(media, printed, f"{number} of {len(record.media)}")

    def _medium(self, media: Media, printed: Printed, which: str) -> None:
        flow = self._flow
        if media.covered is not None:
            covered = words.bar(media.covered)
            parts: list[Inline] = [Span(f"Picture or file {which}: all of it is covered "), covered]
            flow.paragraph(parts, look.SMALL, after=6)
            return
        head = f"{noun(media.media_type)} {which}"
        if not media.is_held:
            text = f"{head}: named by the platform; the city does not hold the file."
            flow.paragraph(text, look.SMALL, after=4)
            return
        data = media.read()
        described = _described(head, media)
        picture = _picture(data) if _is_picture(media) else None
        if picture is not None:
            flow.space(3)
            alt = media.alt_text.words or f"A picture; {NOT_DESCRIBED}"
            flow.figure(picture, alt, width=flow.width, height=self._picture_height())
            flow.space(3)
        try:
            name = self._folder.keep(data, media.media_type, bates(self._prefix, printed.first))
        except StripError as error:
            told: list[Inline] = [*described, Span(f" Its file is not produced: {error}.")]
            flow.paragraph(told, look.SMALL, after=6)
            return
        printed.media.append((media, name))
        flow.paragraph([*described, Span(f" File media/{name}")], look.SMALL, after=6)

    def _picture_height(self) -> float:
        """The most a picture may take here: a little less where it then stays on the page."""
        room = self._flow.room - 4
        return room if LEAST_PICTURE <= room < self._pictures else self._pictures

    def _earlier(self, record: Record) -> None:
        """Earlier texts, newest first, with what the following edit took out struck through."""
        flow, zone = self._flow, self._office.time_zone
        after = record.text
        for version in reversed(record.versions):
            parts, taken = words.struck(version.text, after)
            edit = "Words struck through do not stand" if taken else "Nothing of it was taken out"
            title = f"Version {version.number} of {record.number}"
            head = f"{title}, captured {words.time(version.at, zone)}. {edit} in the text above."
            with flow.inset(10, rail=look.FAINT):
                flow.paragraph(head, look.SMALL, after=1)
                flow.paragraph(parts, look.EARLIER, language=record.language, after=4)
            after = version.text

    def _left_out(self, record: Record) -> None:
        """Which versions are not printed here, and where their sheets stand."""
        for one in record.left_out:
            parts: list[Inline] = [Span(words.left_out(one))]
            if one.sheet is not None:
                says = f"sheet {one.sheet}"
                link = Link(place=sheet_place(one.sheet))
                parts += [Span(": see "), Span(says, colour=look.ACCENT, link=link)]
                parts.append(Span(" and the list of withheld records"))
            elif one.page is not None:
                parts.append(Span(f": see the sheet on page {one.page}, in another volume"))
            self._flow.paragraph([*parts, Span(".")], look.SMALL, after=4)

    def _history(self, record: Record) -> None:
        flow, zone = self._flow, self._office.time_zone
        for event in record.events:
            parts: list[Inline] = [
                Span(words.time(event.at, zone), look.SMALL_BOLD.cut, look.INK),
                Span(f"  {event.words}"),
            ]
            flow.paragraph(parts, look.SMALL, after=1)
        if record.events:
            flow.space(4)

    def _facts(self, record: Record, printed: Printed) -> list[Fact]:
        zone, capture = self._office.time_zone, record.capture
        account = f"{record.account} ({_at(record.handle)})" if record.account else record.handle
        taken = f"{words.time(capture.at, zone)}, from {capture.source}"
        if record.platform == FORWARDED:
            account = record.account
        units = (record.account, record.department)
        found = [
            Fact.of("Custodian", ", ".join(dict.fromkeys(filter(None, units))))
            if record.platform == FORWARDED
            else Fact.of("Account", ", ".join(filter(None, (account, record.department)))),
            Fact.of(
                "Handed in" if record.platform == FORWARDED else "Captured",
                f"{taken} ({capture.place})" if capture.place else taken,
            ),
            Fact.of("Status", words.state(record)),
        ]
        if record.url:
            found.append(Fact("Address", record.url, link=words.link(record.url)))
        found += [
            Fact("Leads to", link, link=words.link(link))
            for link in record.links
            if link.bars or link.words not in record.text.words
        ]
        short = len(record.native_id.words) <= SHORT_ID or bool(record.native_id.bars)
        found += [
            Fact("Id", record.native_id, half=short),
            Fact.of("First page", bates(self._prefix, printed.first), half=short),
        ]
        return [fact for fact in found if fact.value]


def _at(handle: str) -> str:
    return f"@{handle.removeprefix('@')}" if handle else ""


def undated(record: Record, when: str) -> str:
    """What is said in place of a date."""
    if record.platform == FORWARDED:
        return f"handed in {when}; it bears no date of its own"
    return f"captured {when}; the platform gave no date"


def _described(head: str, media: Media) -> list[Inline]:
    """What a picture or file shows, and which law covers parts of it."""
    alt = media.alt_text or Passage.of(NOT_DESCRIBED)
    end = "" if alt.words.endswith((".", "!", "?", "…", "。")) else "."
    parts: list[Inline] = [Span(f"{head}: "), *words.inlines(alt), Span(end)]
    if media.parts:
        count = words.count(len(media.parts), "part")
        bars = [inline for one in media.parts for inline in (Span(" "), words.bar(one))]
        parts += [Span(f" {count} of it painted over:"), *bars, Span(".")]
    return [part for part in parts if not isinstance(part, Span) or part.text]


def noun(media_type: str) -> str:
    """What a media file is called."""
    kind = media_type.split("/")[0]
    return {"image": "Picture", "video": "Video", "audio": "Recording"}.get(kind, "File")


def _is_picture(media: Media) -> bool:
    return media.media_type.startswith("image/")


def _picture(data: bytes) -> images.Picture | None:
    try:
        return images.picture(data)
    except InputError:
        return None
