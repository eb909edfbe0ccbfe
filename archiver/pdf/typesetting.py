"""From text to lines of placed glyphs: font per character, shaping, direction, line breaking."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import uharfbuzz as hb

from archiver.pdf import faces, fonts, scripts
from archiver.pdf.faces import Cut, Face, Han
from archiver.pdf.inline import BAR_WIDTH, Bar, Inline, Span
from archiver.pdf.objects import ObjectFile, dictionary, reference

ZERO_WIDTH_SPACE = "\u200b"
# Readers turn a right-to-left line around character by character, and with it the letters of a
# ligature's text. As a character of its own (Unicode's compatibility forms) it stays whole: pdfium,
# poppler and pypdf all give the word back after NFKC. So only ligatures the script demands are set.
LIGATURES = {
    unicodedata.normalize("NFKC", character): character
    for character in map(chr, (*range(0xFC00, 0xFD40), *range(0xFEF5, 0xFEFD)))
    if len(unicodedata.normalize("NFKC", character)) > 1
}
FEATURES = ({"kern": True, "liga": True}, {"kern": True, "liga": False})
CACHED_LENGTH = 24
CACHED_WORDS = 100_000
REPEATED = 1000  # labels, accounts and states come again and again; their lines are kept
WORD = re.compile(r"[ \u00a0]+|[^ \u00a0]+")
DIGIT = re.compile(r"\d")
# Where an address or a path may be broken when it is wider than the line.
PART = re.compile(r"[^/?&=._~:%#@+-]*[/?&=._~:%#@+-]+|[^/?&=._~:%#@+-]+")


@dataclass(slots=True)
class Chunk:
    """Glyphs of one resource at one height: the inside of a TJ array."""

    resource: str
    body: str
    rise: float


@dataclass(slots=True)
class Shaped:
    """A word after shaping. `width` and every rise are in parts of the type size."""

    chunks: list[Chunk]
    width: float
    text: str
    face: Face | None


@dataclass(slots=True)
class Piece:
    """A shaped word at its direction level, and the place of the span it belongs to."""

    shaped: Shaped
    level: int
    inline: int


@dataclass(slots=True)
class Token:
    """What a line never breaks inside."""

    pieces: list[Piece]
    width: float
    space: bool


@dataclass(slots=True)
class Line:
    """Pieces in the order they stand on the page; `base` 1 = right to left.

    `width` is in points, without the `past` that a space at its end takes.
    """

    pieces: list[Piece]
    width: float
    base: int
    past: float = 0.0


class Typesetter:
    """Sets the text of one document. Fonts, codes and caches start empty with each document."""

    def __init__(self) -> None:
        self._uses: dict[Face, fonts.FontUse] = {}
        self._words: dict[tuple[Face, str, int], Shaped] = {}
        self._repeated: dict[tuple[str, Cut, str | None, float, float], list[Line]] = {}
        self._letters: dict[tuple[Face, str], tuple[str, str, float]] = {}
        self._choices: dict[tuple[str, Cut, Han], Face | None] = {}
        self._plain: dict[Cut, tuple[Face, frozenset[str]]] = {}
        self.unprintable: set[str] = set()

    def lines(self, inlines: Sequence[Inline], cut: Cut, size: float, width: float) -> list[Line]:
        """Break a paragraph into lines at most `width` points wide."""
        only = inlines[0] if len(inlines) == 1 else None
        if isinstance(only, Span) and not DIGIT.search(only.text):
            key = (only.text, only.cut or cut, only.language, size, width)
            found = self._repeated.get(key)
            if found is None:
                if len(self._repeated) >= REPEATED:
                    self._repeated.clear()
                found = self._repeated[key] = self._broken(inlines, cut, size, width)
            return found
        return self._broken(inlines, cut, size, width)

    def _broken(self, inlines: Sequence[Inline], cut: Cut, size: float, width: float) -> list[Line]:
        room = width / size
        done: list[Line] = []
        for part in _logical(inlines, self.unprintable):
            tokens, base = self._tokens(inlines, part, cut, size)
            done += [self._line(line, size, base) for line in self._fill(tokens, room)]
        return done

    def line(self, text: str, cut: Cut, size: float) -> Line:
        """A text as a single line, however wide; line breaks in it become spaces."""
        found = self.lines([Span(" ".join(scripts.logical_lines(text)))], cut, size, 1e9)
        return found[0] if found else Line([], 0.0, 0)

    def write_fonts(self, file: ObjectFile) -> bytes:
        """Write every font that was used; gives the resource dictionary."""
        written: dict[str, int] = {}
        for use in self._uses.values():
            written.update(use.write(file))
        return dictionary({key: reference(number) for key, number in sorted(written.items())})

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
        face, plain = self._plain_of(cut)
        if levels is None and plain.issuperset(text):
            tokens = []
            known = self._words
            for word in WORD.findall(text):
                shaped = known.get((face, word, 0)) or self._shape(face, word, 0)
                tokens.append(Token([Piece(shaped, 0, place)], shaped.width, word[0] in " \xa0"))
            return tokens
        return list(self._mixed_tokens(text, levels, cut, scripts.han(text, language), place))

    def _mixed_tokens(
        self, text: str, levels: list[int] | None, cut: Cut, han: Han, place: int
    ) -> Iterator[Token]:
        pieces: list[Piece] = []
        run, run_face, run_level = "", self._plain_of(cut)[0], 0
        was_space: bool | None = None
        before = ""
        offset = 0

        def end_run() -> None:
            nonlocal run
            if run:
                pieces.append(Piece(self._shape(run_face, run, run_level & 1), run_level, place))
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
                space != was_space or (not space and _may_break(before, cluster))
            ):
                yield from token(was_space)
            for printed, face in self._faces(cluster, cut, han):
                if run and (face is not run_face or level != run_level):
                    end_run()
                run, run_face, run_level = run + printed, face, level
            was_space, before = space, cluster
        yield from token(bool(was_space))

    def _plain_of(self, cut: Cut) -> tuple[Face, frozenset[str]]:
        """The face of plain text, and the characters it sets without a second look."""
        found = self._plain.get(cut)
        if found is None:
            face = faces.chain(cut, Han.SIMPLIFIED)[0]
            plain = frozenset(
                character
                for character in map(chr, sorted(face.coverage))
                if scripts.PLAIN.fullmatch(character)
            )
            found = self._plain[cut] = (face, plain)
        return found

    def _faces(self, cluster: str, cut: Cut, han: Han) -> list[tuple[str, Face]]:
        """A cluster with the face that sets it; apart, or as code points, where none does."""
        face = self._choose(cluster, cut, han)
        if face is not None:
            return [(cluster, face)]
        found: list[tuple[str, Face]] = []
        for character in cluster:
            face = self._choose(character, cut, han)
            if face is None:
                self.unprintable.add(character)
                found.append((scripts.code_point(character), self._plain_of(cut)[0]))
            else:
                found.append((character, face))
        return found

    def _choose(self, cluster: str, cut: Cut, han: Han) -> Face | None:
        key = (cluster, cut, han)
        if key not in self._choices:
            self._choices[key] = _face_for(cluster, cut, han)
        return self._choices[key]

    def _shape(self, face: Face, text: str, right_to_left: int) -> Shaped:
        key = (face, text, right_to_left)
        found = self._words.get(key)
        if found is None:
            # Ids, hashes and dates hardly repeat: keeping them would only fill the memory, and
            # digits neither join nor kern.
            passing = DIGIT.search(text) is not None
            if passing and not right_to_left and text.isascii():
                return self._spell(face, text)
            found = self._shape_anew(face, text, right_to_left)
            if len(text) <= CACHED_LENGTH and not passing:
                if len(self._words) >= CACHED_WORDS:
                    self._words.clear()
                self._words[key] = found
        return found

    def _spell(self, face: Face, text: str) -> Shaped:
        """A word glyph by glyph, without the shaper."""
        codes: list[str] = []
        width, resource = 0.0, ""
        for character in text:
            letter = self._letters.get((face, character))
            if letter is None:
                glyph = face.hb_font.get_nominal_glyph(ord(character)) or 0
                name, code = self._use(face).code(glyph, character)
                letter = self._letters[face, character] = (name, code, face.advance(glyph))
            resource = letter[0]
            codes.append(letter[1])
            width += letter[2]
        return Shaped([Chunk(resource, f"<{''.join(codes)}>", 0.0)], width / 1000, text, face)

    def _use(self, face: Face) -> fonts.FontUse:
        use = self._uses.get(face)
        if use is None:
            use = self._uses[face] = fonts.use(face, f"F{len(self._uses) + 1}")
        return use

    def _shape_anew(self, face: Face, text: str, right_to_left: int) -> Shaped:
        use = self._use(face)
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        buffer.direction = "rtl" if right_to_left else "ltr"
        buffer.cluster_level = hb.BufferClusterLevel.MONOTONE_GRAPHEMES
        hb.shape(face.hb_font, buffer, FEATURES[right_to_left])
        infos, positions = buffer.glyph_infos, buffer.glyph_positions
        starts = sorted({info.cluster for info in infos})
        ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
        chunks: list[Chunk] = []
        scale = face.scale
        pen = wanted = 0.0
        for info, position in zip(infos, positions, strict=True):
            # The first glyph of a cluster carries its text, the others a zero-width space.
            end = ends.pop(info.cluster, None)
            read = ZERO_WIDTH_SPACE if end is None else text[info.cluster : end]
            read = LIGATURES.get(read, read) if right_to_left else read
            resource, code = use.code(info.codepoint, read)
            rise = position.y_offset * scale / 1000
            shift = wanted + position.x_offset * scale - pen
            move = f" {-shift:.1f} " if abs(shift) > 0.5 else ""
            if chunks and chunks[-1].resource == resource and chunks[-1].rise == rise:
                chunks[-1].body += f"{move}<{code}>"
            else:
                chunks.append(Chunk(resource, f"{move}<{code}>", rise))
            pen += face.advance(info.codepoint) + (shift if move else 0.0)
            wanted += position.x_advance * scale
        if abs(wanted - pen) > 0.5 and chunks:
            chunks[-1].body += f" {pen - wanted:.1f} "
        for chunk in chunks:
            chunk.body = chunk.body.replace("><", "")
        return Shaped(chunks, wanted / 1000, text, face)

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
                    smaller = self._shape(shaped.face, text, piece.level & 1)
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
            if text:
                part.append((place, scripts.printable(text, shown)))
    yield part


def _may_break(before: str, after: str) -> bool:
    if before[-1] in scripts.NEVER_LAST or after[0] in scripts.NEVER_FIRST:
        return False
    return bool(scripts.UNSPACED.match(after) or scripts.UNSPACED.match(before))


def _face_for(cluster: str, cut: Cut, han: Han) -> Face | None:
    """The font that sets a cluster whole: emoji first, then the chain, then any other font."""
    needed = {ord(one) for one in cluster if not scripts.IGNORABLE.match(one)}
    chain = faces.chain(cut, han)
    colour = faces.emoji()
    if colour is not None and scripts.EMOJI.match(cluster) and needed <= colour.coverage:
        return colour
    for face in chain:
        if needed <= face.coverage:
            return face
    if colour is not None and needed <= colour.coverage:
        return colour
    if len(needed) == 1:
        return faces.last_resort(next(iter(needed)))
    return None
