"""What must not stand in a volume: what is under its bars, and all of what it withholds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from archiver.archive.reading import Version
from archiver.requests.redacting.bars import BarKind, Redaction
from archiver.requests.redacting.fields import fields_of, label_of, media_number


@dataclass(frozen=True, slots=True)
class Secret:
    """Words that are covered or withheld, and where they come from: the item and the place."""

    item_id: int
    place: str
    words: str


@dataclass(slots=True)
class Secrets:
    """Everything a volume must not hold: words, and files by their SHA-256 in hex."""

    words: list[Secret] = field(default_factory=list)
    media: dict[str, tuple[int, str]] = field(default_factory=dict)

    def add_covered(
        self,
        item_id: int,
        shown: Version,
        earlier: Sequence[Version],
        bars: Mapping[str, Sequence[Redaction]],
    ) -> None:
        """Add what lies under the bars of a released version and of those printed with it."""
        for each in fields_of(shown, earlier):
            over = bars.get(each.name, ())
            whole = any(bar.kind is BarKind.MEDIA for bar in over)
            if each.is_media:
                if over:
                    self._add_file(item_id, shown, each.name)
                continue
            if whole or _covered_with_its_picture(each.name, bars):
                self._add(item_id, each.label, each.value)
            for bar in over:
                if bar.kind is BarKind.FIELD:
                    self._add(item_id, each.label, each.value)
                elif bar.kind is BarKind.SPAN:
                    self._add(item_id, each.label, each.value[bar.start : bar.end])

    def add_withheld(self, item_id: int, version: Version) -> None:
        """Add all that a withheld version holds."""
        for each in fields_of(version):
            if each.is_media:
                self._add_file(item_id, version, each.name)
            else:
                self._add(item_id, each.label, each.value)
        self._add(item_id, "platform’s id of the record", version.place.native_id)

    def add_left_out(self, item_id: int, versions: Iterable[Version]) -> None:
        """Add the texts of versions that are not printed with a released one."""
        for version in versions:
            self._add(item_id, f"text of version {version.n}", version.text)

    def add_list(self, title: str, cells: Iterable[str]) -> None:
        """Add cells of a list that are covered, or all of them where it is withheld."""
        for cell in cells:
            self._add(0, f"the list “{title}”", cell)

    def _add(self, item_id: int, place: str, words: str) -> None:
        if words.strip():
            self.words.append(Secret(item_id, place, words))

    def _add_file(self, item_id: int, version: Version, name: str) -> None:
        number = media_number(name) or 1
        digest = version.media[number - 1].sha256
        if digest:
            self.media[digest] = (item_id, label_of(name))


def _covered_with_its_picture(name: str, bars: Mapping[str, Sequence[Redaction]]) -> bool:
    picture = name.removesuffix(".alt")
    return picture != name and any(bar.kind is BarKind.MEDIA for bar in bars.get(picture, ()))
