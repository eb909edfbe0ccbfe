"""The files a printing process is given: a folder with the media its volume shows."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

from archiver.production.release import Media, Record, Release


def set_aside(release: Release, folder: Path) -> Release:
    """Put the media of a release into `folder`, numbered; gives the release that names them there.

    They are links to the archive's files where the disk allows it, copies otherwise. Raises
    OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    count = 0

    def there(media: Media) -> Media:
        nonlocal count
        if media.path is None:
            return media
        count += 1
        path = folder / f"{count:06d}"
        try:
            os.link(media.path, path)
        except OSError:
            shutil.copyfile(media.path, path)
        return replace(media, path=path)

    def with_media(record: Record) -> Record:
        if not record.media:
            return record
        return replace(record, media=tuple(there(media) for media in record.media))

    return replace(release, records=tuple(with_media(record) for record in release.records))
