"""From words to glyphs: the font of each character, HarfBuzz, and the codes of one document."""

from __future__ import annotations

import re
import unicodedata

import uharfbuzz as hb

from archiver.pdf import faces, fonts, scripts
from archiver.pdf.faces import Cut, Face, Han
from archiver.pdf.objects import ObjectFile, dictionary, reference
from archiver.pdf.pieces import Chunk, Shaped

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
CACHED_LENGTH, CACHED_NUMBER = 24, 6  # years, days and hours come again, ids and hashes do not
CACHED_WORDS = 50_000
DIGIT = re.compile(r"\d")


class _Letters(dict[int, str]):
    """The code of each character of a face, for `str.translate`; given out as they are met."""

    def __init__(self, face: Face, use: fonts.FontUse) -> None:
        super().__init__()
        self._face, self._use = face, use
        self.resource = ""
        self.widths: dict[str, float] = {}

    def __missing__(self, character: int) -> str:
        glyph = self._face.hb_font.get_nominal_glyph(character) or 0
        self.resource, code = self._use.code(glyph, chr(character))
        self.widths[chr(character)] = self._face.advance(glyph)
        self[character] = code
        return code


class Shaper:
    """Shapes the words of one document. Fonts, codes and caches start empty with each document."""

    def __init__(self) -> None:
        self._uses: dict[Face, fonts.FontUse] = {}
        self._words: dict[tuple[Face, int], dict[str, Shaped]] = {}
        self._letters: dict[Face, _Letters] = {}
        self._choices: dict[tuple[str, Cut, Han], Face | None] = {}
        self._plain: dict[Cut, tuple[Face, frozenset[str]]] = {}
        self.unprintable: set[str] = set()

    def write_fonts(self, file: ObjectFile) -> bytes:
        """Write every font that was used; gives the resource dictionary."""
        written: dict[str, int] = {}
        for use in self._uses.values():
            written.update(use.write(file))
        return dictionary({key: reference(number) for key, number in sorted(written.items())})

    def plain_of(self, cut: Cut) -> tuple[Face, frozenset[str]]:
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

    def faces_of(self, cluster: str, cut: Cut, han: Han) -> list[tuple[str, Face]]:
        """A cluster with the face that sets it; apart, or as code points, where none does."""
        face = self._choose(cluster, cut, han)
        if face is not None:
            return [(cluster, face)]
        found: list[tuple[str, Face]] = []
        for character in cluster:
            face = self._choose(character, cut, han)
            if face is None:
                self.unprintable.add(character)
                found.append((scripts.code_point(character), self.plain_of(cut)[0]))
            else:
                found.append((character, face))
        return found

    def _choose(self, cluster: str, cut: Cut, han: Han) -> Face | None:
        key = (cluster, cut, han)
        if key not in self._choices:
            self._choices[key] = _face_for(cluster, cut, han)
        return self._choices[key]

    def shape(self, face: Face, text: str, right_to_left: int) -> Shaped:
        """A word as glyphs of a face, running left to right (0) or right to left (1)."""
        words = self._words.setdefault((face, right_to_left), {})
        found = words.get(text)
        if found is None:
            # Ids, hashes and dates hardly repeat: keeping them would only fill the memory, and
            # digits neither join nor kern.
            passing = DIGIT.search(text) is not None
            if passing and not right_to_left and text.isascii() and spells(face):
                return self._spell(face, text)
            found = self._shape_anew(face, text, right_to_left)
            if len(text) <= CACHED_LENGTH and not passing:
                if len(words) >= CACHED_WORDS:
                    words.clear()
                words[text] = found
        return found

    def _spell(self, face: Face, text: str) -> Shaped:
        """A word glyph by glyph, without the shaper."""
        resource, code, width = self.spelt(face, text)
        return Shaped([Chunk(resource, code, 0.0)], width, text, face)

    def spelt(self, face: Face, text: str) -> tuple[str, str, float]:
        """The resource, the glyphs and the width of a word that is spelled."""
        letters = self._letters.get(face)
        if letters is None:
            letters = self._letters[face] = _Letters(face, self._use(face))
        code = text.translate(letters)
        width = sum(map(letters.widths.__getitem__, text))
        return letters.resource, f"<{code}>", width / 1000

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
        bodies: list[list[str]] = []
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
            if not (chunks and chunks[-1].resource == resource and chunks[-1].rise == rise):
                chunks.append(Chunk(resource, "", rise))
                bodies.append([])
            bodies[-1].append(f"{move}<{code}>")
            pen += face.advance(info.codepoint) + (shift if move else 0.0)
            wanted += position.x_advance * scale
        if abs(wanted - pen) > 0.5 and chunks:
            bodies[-1].append(f" {pen - wanted:.1f} ")
        for chunk, parts in zip(chunks, bodies, strict=True):
            chunk.body = "".join(parts).replace("><", "")
        return Shaped(chunks, wanted / 1000, text, face)


def spells(face: Face) -> bool:
    """Whether a glyph of the face stands for one character only, so that words can be spelled."""
    return "glyf" in face.tables


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
