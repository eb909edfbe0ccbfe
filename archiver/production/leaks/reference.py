"""A volume of nobody's words: what its files say, this program and its libraries say of themselves.

The data files of a made-up release of one message are written and read as any volume's are. What
stands in them is no leak wherever it is found.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from archiver.production.bates import Range
from archiver.production.leaks.reading import texts_of
from archiver.production.packet import Packet
from archiver.production.record_pages import Printed
from archiver.production.release import Capture, Media, Office, Record, Release, Request
from archiver.production.twins import write_twins
from archiver.requests.redacting.passages import Passage

_AT = "2000-01-01T00:00:00Z"
_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a4944415478da63600000"
    "00020001e221bc330000000049454e44ae426082"
)


def reference_texts() -> list[str]:
    """Every text of the data files of that volume. Raises OSError where there is no room for it."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "media").mkdir()
        (folder / "media" / "X-000001-1.png").write_bytes(_PIXEL)
        media = Media(folder / "media" / "X-000001-1.png", "image/png", Passage(()))
        record = _message(media)
        release = Release(
            office=Office("X", "UTC", "X"),
            request=Request("X", _AT, "x", None, ()),
            volume=1,
            made_at=_AT,
            responsible="",
            records=(record,),
            withheld=(),
            grounds=(),
            searches=(),
            coverage=(),
            earlier_volumes=0,
        )
        printed = Printed(1, 1, 1, [(media, "X-000001-1.png")])
        packet = Packet(Range("X", 1, 1), (record,), {record.key: printed}, {}, {})
        write_twins(release, packet, folder)
        return [
            text
            for path in sorted(folder.rglob("*"))
            if path.is_file()
            for _, text in texts_of(path)
        ]


def _message(media: Media) -> Record:
    nothing = Passage(())
    return Record(
        key="x",
        thread="x",
        parent=None,
        answers=False,
        earlier_page=None,
        platform="x",
        account="",
        handle="",
        department="",
        kind="message",
        form="",
        author_name=nothing,
        author_handle=nothing,
        author_id=nothing,
        author_role="public",
        recipients=(),
        created_at=_AT,
        undated=False,
        text=Passage.of("x"),
        language=None,
        url=nothing,
        links=(),
        native_id=Passage.of("x"),
        visibility="private",
        content_state="full",
        presence="present",
        number=1,
        versions=(),
        left_out=(),
        events=(),
        media=(media,),
        capture=Capture(_AT, "", ""),
        redactions=(),
    )
