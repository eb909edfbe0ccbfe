"""From text to lines of placed glyphs: direction, and where lines break."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set

from archiver.pdf import breaking, scripts
from archiver.pdf.faces import Cut, Face, Han
from archiver.pdf.inline import BAR_WIDTH, Bar, Inline, Span
from archiver.pdf.pieces import Line, Piece, Shaped, Token, joined, merged
from archiver.pdf.shaping import CACHED_LENGTH, CACHED_NUMBER, CACHED_WORDS, DIGIT, Shaper, spells

REPEATED = 1000  # labels, accounts and states come again and again; their lines are kept
LONGEST_KEPT, MOST_LINES_KEPT = 4000, 60
RECENT = 300  # what a record says is measured and then printed: its lines are kept between the two
# A word longer than any line is shaped in parts.
WORD = re.compile(r"[ \u00a0]+|[^ \u00a0]{1,1000}")
SPACED = re.compile(r"[^ \u00a0]{0,1000}[ \u00a0]*")
LONGEST_RUN = 1000
# What somebody wrote without a line break is laid out so much at a time, which bounds the memory.
LONGEST_LINE = 20_000
# Where an address or a path may be broken when it is wider than the line.
PART = re.compile(r"[^/?&=._~:%#@+-]*[/?&=._~:%#@+-]+|[^/?&=._~:%#@+-]+")


_Spaced = tuple[str, float, float, str, str]
"""A word with the space behind it: glyphs, width, the space's width, resource, text."""
_LineKey = tuple[str, Cut, str | None, float, float]


class Typesetter(Shaper):
    """Sets the text of one document. Fonts, codes and caches start empty with each document."""

    def __init__(self) -> None:
        super().__init__()
        self._spaced: dict[Face, dict[str, _Spaced]] = {}
        self._single: dict[tuple[str, Cut, float], Line] = {}
        self._kept: tuple[dict[_LineKey, list[Line]], ...] = ({}, {})
        self._parts_kept: dict[
            tuple[int, Cut, float, float], tuple[Sequence[Inline], list[Line]]
        ] = {}

    def lines(self, inlines: Sequence[Inline], cut: Cut, size: float, width: float) -> list[Line]:
        """Break a paragraph into lines at most `width` points wide."""
        only = inlines[0] if len(inlines) == 1 else None
        if not isinstance(only, Span) or len(only.text) > LONGEST_KEPT:
            return self._several(inlines, cut, size, width)
        cut = only.cut or cut
        key = (only.text, cut, only.language, size, width)
        repeated, recent = self._kept
        found = repeated.get(key) or recent.get(key)
        if found is None:
            found = self._plain_lines(only.text, cut, size, width)
            found = found or self._broken(inlines, cut, size, width)
            passing = DIGIT.search(only.text) is not None
            kept, most = (recent, RECENT) if passing else (repeated, REPEATED)
            if len(kept) >= most:
                kept.clear()
            kept[key] = found
        return found

    def _one_line(
        self, inlines: Sequence[Inline], cut: Cut, size: float, width: float
    ) -> list[Line] | None:
        """Plain parts that fit on one line, one piece to a part; None for any others."""
        pieces: list[Piece] = []
        line, room = None, width / size
        for place, inline in enumerate(inlines):
            if not isinstance(inline, Span) or not inline.text:
                return None
            found = self._plain_lines(inline.text, inline.cut or cut, 1.0, room)
            if found is None or len(found) > 1 or not found[0].pieces:
                return None
            [line] = found
            room -= line.width + line.past
            pieces.append(Piece(line.pieces[0].shaped, 0, place))
        if line is None:
            return None
        used = sum(piece.shaped.width for piece in pieces) - line.past
        return [Line(pieces, used * size, 0, line.past * size)]

    def _several(
        self, inlines: Sequence[Inline], cut: Cut, size: float, width: float
    ) -> list[Line]:
        """Lines of several parts; kept for the same list of parts, which is printed after it was
        measured."""
        key = (id(inlines), cut, size, width)
        found = self._parts_kept.get(key)
        if found is not None:
            return found[1]
        lines = self._one_line(inlines, cut, size, width)
        lines = lines or self._broken(inlines, cut, size, width)
        if len(lines) <= MOST_LINES_KEPT:
            if len(self._parts_kept) >= RECENT:
                self._parts_kept.clear()
            self._parts_kept[key] = (inlines, lines)
        return lines

    def _plain_lines(self, text: str, cut: Cut, size: float, width: float) -> list[Line] | None:
        """Lines of plain text, one piece to a line; None for any other text, or where a word is
        wider than the line."""
        face, plain = self.plain_of(cut)
        if not plain.issuperset(text):
            return None
        room = width / size
        get, anew = self._spaced.setdefault(face, {}).get, self._with_space
        parts = [get(word) or anew(face, word) for word in SPACED.findall(text)[:-1]]
        whole = sum([part[1] for part in parts]) + sum([part[2] for part in parts])
        if parts and whole - parts[-1][2] <= room and all(part[0] for part in parts):
            bodies = [part[0] for part in parts]
            past = parts[-1][2]
            return [merged(face, parts[0][3], bodies, [text], whole - past, past, size)]
        lines: list[Line] = []
        words: list[str] = []
        bodies = []
        used = past = 0.0
        resource = ""
        for body, wide, space, resource, word in parts:
            if not body:
                return None
            if used + wide > room:
                if wide > room:
                    return None
                lines.append(merged(face, resource, bodies, words, used - past, past, size))
                words, bodies, used = [], [], 0.0
            words.append(word)
            bodies.append(body)
            used += wide + space
            past = space
        lines.append(merged(face, resource, bodies, words, used - past, past, size))
        return lines

    def _with_space(self, face: Face, word: str) -> _Spaced:
        """A plain word with the space behind it; no glyphs where it cannot be set in one piece."""
        passing = DIGIT.search(word) is not None
        short = len(word) <= (CACHED_NUMBER if passing else CACHED_LENGTH)
        if passing and not short and word.isascii() and word[-1] != " " and spells(face):
            resource, code, width = self.spelt(face, word)
            return code, width, 0.0, resource, word
        parts = [self.shape(face, part, 0) for part in WORD.findall(word)]
        if any(not part.body for part in parts):
            return "", 0.0, 0.0, "", word
        ink = parts[0].width if parts[0].text[0] not in " \xa0" else 0.0
        space = sum(part.width for part in parts) - ink
        body = "".join([part.body for part in parts]).replace("><", "")
        found = (body, ink, space, parts[0].chunks[0].resource, word)
        if short:
            known = self._spaced[face]
            if len(known) >= CACHED_WORDS:
                known.clear()
            known[word] = found
        return found

    def _broken(self, inlines: Sequence[Inline], cut: Cut, size: float, width: float) -> list[Line]:
        room = width / size
        done: list[Line] = []
        for part in _logical(inlines, self.unprintable):
            tokens, base = self._tokens(inlines, part, cut, size)
            done += [self._line(line, size, base) for line in self._fill(tokens, room)]
        return done

    def line(self, text: str, cut: Cut, size: float) -> Line:
        """A text as a single line, however wide; line breaks in it become spaces."""
        key = (text, cut, size)
        known = self._single.get(key)
        if known is None:
            found = self.lines([Span(" ".join(scripts.logical_lines(text)))], cut, size, 1e9)
            known = found[0] if found else Line([], 0.0, 0)
            if len(self._single) >= REPEATED:
                self._single.clear()
            self._single[key] = known
        return known

    def _tokens(
        self, inlines: Sequence[Inline], part: list[tuple[int, str]], cut: Cut, size: float
    ) -> tuple[list[Token], int]:
        whole = "".join(text if text else "\ufffc" for _, text in part)
        levels = scripts.levels(whole)
        base = scripts.base_level(whole)
        tokens: list[Token] = []
        offset = 0
        for place, text in part:
            inline = inlines[place]
            if isinstance(inline, Bar):
                level = levels[offset] if levels else 0
                offset += 1
                piece = Piece(Shaped([], BAR_WIDTH / size, "", None), level, place)
                found = [Token([piece], piece.shaped.width, False)]
            else:
                own = levels[offset : offset + len(text)] if levels else None
                offset += len(text)
                found = self._span_tokens(text, own, inline.cut or cut, inline.language, place)
            if found and tokens and not (found[0].space or tokens[-1].space):
                tokens[-1].pieces += found[0].pieces
                tokens[-1].width += found[0].width
                found = found[1:]
            tokens += found
        return tokens, base

    def _span_tokens(
        self, text: str, levels: list[int] | None, cut: Cut, language: str | None, place: int
    ) -> list[Token]:
        face, plain = self.plain_of(cut)
        if levels is None and plain.issuperset(text):
            tokens = []
            known = self._words.setdefault((face, 0), {})
            for word in WORD.findall(text):
                shaped = known.get(word) or self.shape(face, word, 0)
                tokens.append(Token([Piece(shaped, 0, place)], shaped.width, word[0] in " \xa0"))
            return tokens
        return list(self._mixed_tokens(text, levels, cut, scripts.han(text, language), place))

    def _mixed_tokens(
        self, text: str, levels: list[int] | None, cut: Cut, han: Han, place: int
    ) -> Iterator[Token]:
        pieces: list[Piece] = []
        stops = breaking.stops(text)
        run, run_face, run_level = "", self.plain_of(cut)[0], 0
        was_space: bool | None = None
        before = ""
        offset = 0

        def end_run() -> None:
            nonlocal run
            if run:
                pieces.append(Piece(self.shape(run_face, run, run_level & 1), run_level, place))
                run = ""

        def token(space: bool) -> Iterator[Token]:
            end_run()
            if pieces:
                yield Token(list(pieces), sum(piece.shaped.width for piece in pieces), space)
                pieces.clear()

        for cluster in scripts.GRAPHEME.findall(text):
            level = levels[offset] if levels else 0
            offset += len(cluster)
            space = cluster in (" ", "\xa0")
            if was_space is not None and (
                space != was_space
                or (not space and _may_break(before, cluster, offset - len(cluster), stops))
            ):
                yield from token(was_space)
            for printed, face in self.faces_of(cluster, cut, han):
                changes = face is not run_face or level != run_level
                if run and (changes or len(run) >= LONGEST_RUN):
                    end_run()
                run, run_face, run_level = run + printed, face, level
            was_space, before = space, cluster
        yield from token(bool(was_space))

    def _fill(self, tokens: list[Token], room: float) -> Iterator[list[Token]]:
        """Lines as full as they go. A token wider than a whole line is taken apart."""
        line: list[Token] = []
        used = 0.0
        wrapped = False
        waiting = list(reversed(tokens))
        while waiting:
            token = waiting.pop()
            if token.space and wrapped and not line:
                continue
            if used + token.width > room and not token.space:
                if line:
                    yield line
                    line, used, wrapped = [], 0.0, True
                if token.width > room:
                    parts = self._parts(token)
                    if len(parts) > 1:
                        waiting += reversed(parts)
                        continue
            line.append(token)
            used += token.width
        yield line

    def _parts(self, token: Token) -> list[Token]:
        """A token in smaller ones: at the joints of an address first, then between clusters."""
        for cut_text in (PART.findall, scripts.GRAPHEME.findall):
            parts: list[Token] = []
            for piece in token.pieces:
                shaped = piece.shaped
                if shaped.face is None:
                    parts.append(Token([piece], shaped.width, False))
                    continue
                for text in cut_text(shaped.text):
                    smaller = self.shape(shaped.face, text, piece.level & 1)
                    one = Piece(smaller, piece.level, piece.inline)
                    parts.append(Token([one], smaller.width, False))
            if len(parts) > 1:
                return parts
        return [token]

    @staticmethod
    def _line(tokens: list[Token], size: float, base: int) -> Line:
        """A space at which a line breaks stays, past its end: read aloud, it parts the words."""
        spaces: list[Token] = []
        while tokens and tokens[-1].space:
            spaces.append(tokens.pop())
        pieces = [piece for token in tokens for piece in token.pieces]
        width = sum(piece.shaped.width for piece in pieces) * size
        past = 0.0
        if spaces and pieces:
            pieces += [Piece(piece.shaped, base, piece.inline) for piece in spaces[-1].pieces]
            past = spaces[-1].width * size
        if any(piece.level for piece in pieces):
            order = scripts.visual_order([piece.level for piece in pieces])
            pieces = [pieces[place] for place in order]
        elif len(pieces) > 1:
            pieces = list(joined(pieces))
        return Line(pieces, width, base, past)


def _logical(inlines: Sequence[Inline], shown: set[str]) -> Iterator[list[tuple[int, str]]]:
    """The paragraph's own lines, each as (place of the inline, its text there)."""
    part: list[tuple[int, str]] = []
    for place, inline in enumerate(inlines):
        if isinstance(inline, Bar):
            part.append((place, ""))
            continue
        for position, text in enumerate(scripts.logical_lines(inline.text)):
            if position:
                yield part
                part = []
            for number, some in enumerate(_cut(text)):
                if number:
                    yield part
                    part = []
                part.append((place, scripts.printable(some, shown)))
    yield part


def _cut(text: str) -> Iterator[str]:
    """A line as it was written in parts that can be laid out, cut after a space where it has one,
    and never before a mark that belongs to the letter ahead of it."""
    start = 0
    while len(text) - start > LONGEST_LINE:
        end = text.rfind(" ", start + LONGEST_LINE // 2, start + LONGEST_LINE) + 1
        if not end:
            end = start + LONGEST_LINE
            while end > start + LONGEST_LINE // 2 and scripts.CONTINUES.match(text[end]):
                end -= 1
        yield text[start:end]
        start = end
    if start < len(text):
        yield text[start:]


def _may_break(before: str, after: str, place: int, stops: Set[int] | None) -> bool:
    """Whether a line may break between two clusters, the second of them at a place of the text."""
    if stops is not None and (breaking.BY_WORDS.match(after) or breaking.BY_WORDS.match(before[0])):
        return place in stops
    if before[-1] in scripts.NEVER_LAST or after[0] in scripts.NEVER_FIRST:
        return False
    return bool(scripts.UNSPACED.match(after) or scripts.UNSPACED.match(before))
