"""What every record of a YouTube download shares: the platform, the canonical form, its times."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import msgspec

from archiver.exports import times
from archiver.items import Author, AuthorRole

PLATFORM = "youtube"
TIMES = ("%Y-%m-%d %H:%M:%S %Z", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S")
"""How times without an offset are written in older Takeouts: in UTC, which most of them say."""

_TO_MICROSECONDS = len("2023-09-19T17:42:53.434647+00:00")
_encode = msgspec.json.Encoder(order="sorted").encode


def canonical(value: Any) -> bytes:
    """A value as JSON that is the same for the same value."""
    return _encode(value)


def moment(text: str) -> str | None:
    """A time of a Takeout in UTC; None where the text is none."""
    if text.endswith("+00:00") and len(text) == _TO_MICROSECONDS:
        try:
            dt.datetime.fromisoformat(text)
        except ValueError:
            return None
        return f"{text[:19]}Z" if text[20:26] == "000000" else f"{text[:26]}Z"
    return times.with_zone(text) or times.written(text, TIMES)


@dataclass(frozen=True, slots=True)
class Owner:
    """The channel a download is read for. `channel` is None where it does not say; `others` is
    whether it holds other channels of the same Google account too."""

    channel: str | None
    name: str | None
    others: bool = False

    @property
    def author(self) -> Author:
        """The channel as the author of its own records."""
        return Author(self.channel, None, self.name, AuthorRole.AGENCY)

    def owns(self, channel: str) -> bool:
        """Whether what carries this channel id ("" where it carries none) is the channel's own."""
        return not channel or self.channel is None or channel == self.channel


def video_address(video: str) -> str:
    """Where a video is seen."""
    return f"https://www.youtube.com/watch?v={video}"
