"""Which media file belongs to which video.

A Takeout names the file of a video after its title: some characters taken out or put as "_", cut at
43 UTF-16 units, and "(1)", "(2)" behind it where several come out the same. Nothing in the file
says which video it is, so one is attached only where exactly one video and one file fit.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from archiver.exports.youtube.layout import inner
from archiver.items import MediaRef

CUT = 43
_TYPES = {
    **dict.fromkeys((".mp4", ".m4v"), "video/mp4"),
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
    ".avi": "video/x-msvideo",
    ".wmv": "video/x-ms-wmv",
    ".flv": "video/x-flv",
    ".3gp": "video/3gpp",
    **dict.fromkeys((".mpg", ".mpeg"), "video/mpeg"),
    **dict.fromkeys((".jpg", ".jpeg"), "image/jpeg"),
    ".png": "image/png",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".vtt": "text/vtt",
    **dict.fromkeys((".srt", ".sbv"), "text/plain"),
}
_BESIDE = (".srt", ".sbv", ".vtt", ".jpg", ".jpeg", ".png", ".webp")
_NUMBER = re.compile(r"(?<! )\(\d+\)$")
_LANGUAGE = re.compile(r"[._-][a-z]{2,3}(?:-\w{2,4})?$")


class Shelf:
    """The media files of a download, by the title they carry."""

    def __init__(self, members: Iterable[str]) -> None:
        self._by_key: dict[str, list[str]] = {}
        self._by_name: dict[str, str] = {}
        self._titles: Counter[str] = Counter()
        for member in members:
            self._by_name[member.rpartition("/")[2].casefold()] = member
            for key in _keys_of(_stem(member), _ending(member) in _BESIDE):
                self._by_key.setdefault(key, []).append(member)

    def __bool__(self) -> bool:
        return bool(self._by_name)

    def note(self, title: str) -> None:
        """Count a video's title, before any is asked for."""
        self._titles[title_key(title)] += 1

    def of_video(self, title: str) -> tuple[MediaRef, ...]:
        """The file of the video of this title with its captions and preview; none where more than
        one video or more than one file could be meant."""
        key = title_key(title)
        found = self._by_key.get(key, ()) if self._titles[key] == 1 else ()
        films = [one for one in found if _ending(one) not in _BESIDE]
        beside = [one for one in found if _ending(one) in _BESIDE]
        return tuple(_ref(one) for one in (*(films if len(films) == 1 else ()), *beside))

    def of_name(self, stem: str) -> tuple[MediaRef, ...]:
        """The files whose name without its ending is this one."""
        told = stem.casefold()
        return tuple(
            _ref(self._by_name[told + ending])
            for ending in _TYPES
            if told + ending in self._by_name
        )

    def named(self, names: Sequence[str]) -> tuple[MediaRef, ...]:
        """The files of these names; those the download does not hold are named all the same."""
        return tuple(
            _ref(self._by_name[name.casefold()])
            if name.casefold() in self._by_name
            else MediaRef(f"youtube:{name}", name, _TYPES.get(_ending(name)), available=False)
            for name in names
        )


def file_title(title: str) -> str:
    """The name a Takeout gives the file of a video of this title, without number and ending."""
    told = unicodedata.normalize("NFC", title)
    told = re.sub(r"[\\;|:?]", "", told)
    told = re.sub(r"['/%*\"<>]", "_", told)
    units = told.encode("utf-16-le")
    if len(units) <= 2 * CUT:
        return told
    kept = units[: 2 * CUT].decode("utf-16-le", "ignore")
    whole = len(kept.encode("utf-16-le")) == 2 * CUT
    return kept if whole else told[: len(kept) + 1]


def title_key(title: str) -> str:
    """What of a title is compared: its letters, digits and brackets, cut as the file's name is."""
    return _plain(file_title(title))


def _plain(text: str) -> str:
    kept = "".join(
        one for one in unicodedata.normalize("NFC", text) if one.isalnum() or one in "()"
    )
    return kept.casefold() or text


def _keys_of(stem: str, beside: bool) -> set[str]:
    """The titles a file's name may stand for: with a number behind it taken as one, and for
    captions with the language taken off."""
    told = {stem, _NUMBER.sub("", stem)}
    if beside:
        told |= {_LANGUAGE.sub("", one) for one in told}
    return {_plain(one) for one in told if one}


def _stem(member: str) -> str:
    return inner(member).rpartition("/")[2].rpartition(".")[0]


def _ending(member: str) -> str:
    return "." + member.rpartition(".")[2].casefold()


def _ref(member: str) -> MediaRef:
    return MediaRef(member, member.rpartition("/")[2], _TYPES.get(_ending(member)))
