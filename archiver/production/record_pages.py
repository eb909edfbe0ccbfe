"""A record on paper: who said what, when and where, its pictures, its edits, its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from archiver.errors import InputError
from archiver.pdf import images
from archiver.pdf.flow import Flow
from archiver.pdf.inline import Inline, Span
from archiver.production import facts, look, words
from archiver.production.back import record_place
from archiver.production.bates import bates
from archiver.production.composing import (
    EDIT_INSET,
    Composed,
    Standing,
    account_line,
    are_turns,
    composed,
    parties,
)
from archiver.production.media_files import MediaFolder, StripError
from archiver.production.pages import Foot, chip
from archiver.production.release import Media, Office, Record
from archiver.requests.redacting.passages import Passage

PICTURE_HEIGHT = 250.0
OUTLINE_LENGTH = 120
MOST_PARTIES = 6
NOT_DESCRIBED = "no description was given on the platform"
LEAST_PICTURE = 150.0
SEPARATION = 32.0
WHOLE = 520.0
FAIR_START = 200.0
LONG = 4000


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
        self._pictures = PICTURE_HEIGHT
        self.printed: dict[str, Printed] = {}
        self.heights: dict[str, float] = dict(heights or {})
        """The height of each short record without its pictures, by key; found once."""

    def thread(self, records: Sequence[Record], numbers: Mapping[str, int]) -> None:
        """Print a conversation. `numbers` gives every released record's ordinal."""
        depths: dict[str, int] = {}
        turns = are_turns(records)
        if turns:
            self._conversation(records)
        for place, record in enumerate(records, 1):
            above = depths.get(record.parent or "", -1)
            depth = depths[record.key] = 0 if record.kind == "message" else above + 1
            where = Standing(numbers[record.key], place, len(records), depth, turns)
            self._record(record, where, numbers)

    def _conversation(self, messages: Sequence[Record]) -> None:
        """What stands above a conversation by message: between whom, where, and how many."""
        flow, first = self._flow, messages[0]
        flow.need(FAIR_START)
        self._separate(leads=True)
        names = _between(parties(messages))
        place = f"talk-{first.key}"
        name, colour = look.platform(first.platform)
        title = f"Messages: {names.words}"
        flow.writer.outline(title[:OUTLINE_LENGTH], place, 1)
        base_line = flow.base_line(look.SECTION)
        with flow.writer.element("H2"):
            flow.writer.mark_place(place, flow.y + 14)
            with flow.writer.content():
                chip(flow, name, colour, look.MARGIN, base_line + 0.6)
            parts: list[Inline] = [Span("Messages between "), *words.inlines(names)]
            style = look.SECTION
            lines = flow.writer.type.lines(parts, style.cut, style.size, flow.width)
            flow.lines(lines, parts, style)
        zone = self._office.time_zone
        days = dict.fromkeys(words.day(each.created_at, zone) for each in messages)
        span = " to ".join(dict.fromkeys((next(iter(days)), next(reversed(days)))))
        count = words.count(len(messages), "message")
        told: list[Inline] = [Span(f"{count} here, {span}  ·  "), *account_line(first)]
        flow.paragraph(told, look.SMALL, after=2)

    def _record(self, record: Record, where: Standing, numbers: Mapping[str, int]) -> None:
        flow = self._flow
        width = look.FRAME.width - where.indent * look.STEP
        made = composed(record, where, numbers, self._office, flow.writer.type, width)
        self._pictures = self._begin(record, made, where)
        if not flow.at_top and (self.printed or where.turn):
            self._separate(leads=where.leads)
        printed = Printed(where.ordinal, self._foot.number, self._foot.number)
        self.printed[record.key] = printed
        self._print(record, made, printed, where)
        printed.last = self._foot.number

    def _print(self, record: Record, made: Composed, printed: Printed, where: Standing) -> None:
        flow = self._flow
        rail = look.FAINT if where.indent else None
        with flow.writer.element("Sect"), flow.inset(where.indent * look.STEP, rail=rail):
            self._head(record, made, where)
            flow.paragraph(made.standing, look.SMALL, after=5)
            if made.said:
                flow.paragraph(made.said, look.SAID, language=record.language, after=4)
            if made.note:
                flow.paragraph(made.note, look.SMALL, after=4)
            self._media(record, printed)
            self._edits(record, made)
            for parts in made.left_out:
                flow.paragraph(parts, look.SMALL, after=4)
            for parts in made.history:
                flow.paragraph(parts, look.SMALL, after=1)
            if made.history:
                flow.space(4)
            if made.card is not None:
                facts.draw(flow, made.card)
            else:
                flow.paragraph(made.line, look.VALUE)

    def _begin(self, record: Record, made: Composed, where: Standing) -> float:
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
        height = SEPARATION + self._height(record, made, where)
        pictures = sum(1 for one in record.media if one.is_held and _is_picture(one))
        if pictures and flow.room - height >= pictures * LEAST_PICTURE:
            return min((flow.room - height) / pictures, PICTURE_HEIGHT)
        height += pictures * PICTURE_HEIGHT
        flow.need(height if height < WHOLE else FAIR_START)
        return PICTURE_HEIGHT

    def _height(self, record: Record, made: Composed, where: Standing) -> float:
        """The height of a record without its pictures."""
        known = self.heights.get(record.key)
        if known is not None:
            return known
        width = look.FRAME.width - where.indent * look.STEP
        captions = len(record.media) * (2 * look.SMALL.leading + 16)
        height = made.height(self._flow.writer.type, width) + captions
        self.heights[record.key] = height
        return height

    def _separate(self, *, leads: bool) -> None:
        flow = self._flow
        if flow.at_top:
            return
        flow.space(20 if leads else 14)
        left = flow.left
        flow.left = look.MARGIN if leads else look.COLUMN
        flow.rule(look.INK if leads else look.FAINT, 0.8 if leads else 0.5)
        flow.left = left
        flow.space(12)

    def _head(self, record: Record, made: Composed, where: Standing) -> None:
        """Number and platform in the margin, the author in the column: one heading."""
        flow, writer = self._flow, self._flow.writer
        style = look.AUTHOR
        lines = writer.type.lines(made.head, style.cut, style.size, flow.width)
        place = record_place(record.key)
        day = words.day(record.created_at, self._office.time_zone)
        title = f"{where.ordinal}. {words.author(record).words}, {day}"
        writer.outline(title[:OUTLINE_LENGTH], place, 1 if where.leads else 2)
        writer.mark_place(place, flow.y + 14)
        base_line = flow.base_line(style)
        with writer.element("H2" if where.leads else "H3"):
            number = f"Record {where.ordinal}, "
            with writer.element("Span", read_as=number), writer.content():
                flow.set_line(f"{where.ordinal} ", look.NUMERAL, look.MARGIN, base_line - 2.5)
            if not where.turn:
                self._platform(record.platform, where.ordinal, base_line)
            flow.lines(lines, made.head, style)

    def _platform(self, platform: str, ordinal: int, base_line: float) -> None:
        """The platform as a word on a colour, beside the number or below it."""
        flow = self._flow
        name, colour = look.platform(platform)
        x = look.MARGIN + max(flow.measure(str(ordinal), look.NUMERAL) + 8, 30)
        with flow.writer.content():
            if x + flow.measure(name, look.CHIP) + 14 < look.COLUMN:
                chip(flow, name, colour, x, base_line + 0.6)
            else:
                chip(flow, name, colour, look.MARGIN, base_line - 18)

    def _edits(self, record: Record, made: Composed) -> None:
        """Earlier texts, newest first, with what the following edit changed."""
        for edit in made.edits:
            with self._flow.inset(EDIT_INSET, rail=look.FAINT):
                self._flow.paragraph(edit.head, look.SMALL, after=1)
                self._flow.paragraph(edit.parts, look.EARLIER, language=record.language, after=4)

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
        page = bates(self._prefix, printed.first)
        try:
            name, size, digest = self._folder.keep_told(data, media.media_type, page)
        except StripError as error:
            told: list[Inline] = [*described, Span(f" Its file is not produced: {error}.")]
            self._slip("Not produced", told)
            return
        printed.media.append((media, name))
        if picture is None:
            self._native(described, name, size, digest)
            return
        moves = " An animation, of which the first picture is shown." if picture.moves else ""
        flow.paragraph([*described, Span(f"{moves} File media/{name}")], look.SMALL, after=6)

    def _native(self, described: list[Inline], name: str, size: int, digest: str) -> None:
        """What stands for a file that no page can show: its number and the hash of what is given
        out."""
        told = f"File media/{name}, {words.count(size, 'byte')}, SHA-256 {digest}"
        self._slip("Produced in native format", described, told)

    def _slip(self, title: str, described: list[Inline], told: str = "") -> None:
        """A block that stands for a file."""
        flow = self._flow
        flow.need(5 * look.SMALL.leading)
        flow.space(4)
        with flow.inset(10, rail=look.ACCENT):
            flow.paragraph(title, look.SMALL_BOLD)
            flow.paragraph(described, look.SMALL)
            if told:
                flow.paragraph(told, look.VALUE)
        flow.space(6)

    def _picture_height(self) -> float:
        """The most a picture may take here: a little less where it then stays on the page."""
        room = self._flow.room - 4
        return room if LEAST_PICTURE <= room < self._pictures else self._pictures


def _between(who: Sequence[Passage]) -> Passage:
    """The parties of a conversation in a row."""
    if len(who) == 2:
        return words.joined(who, " and ")
    more = len(who) - MOST_PARTIES
    named = words.joined(who[:MOST_PARTIES])
    return Passage((*named.parts, f" and {more:,} more")) if more > 0 else named


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
