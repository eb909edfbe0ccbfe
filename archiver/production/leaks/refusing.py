"""Refusing what something leaked into: nothing is produced, and where it stands is told."""

from __future__ import annotations

from collections.abc import Sequence

from archiver.errors import IntegrityError
from archiver.production.bates import bates
from archiver.production.leaks.scanning import Lookout, leaks_in
from archiver.production.leaks.secrets import Secrets
from archiver.production.printing import PrintedVolume
from archiver.production.release import Release

_NAMED = 5


def lookout_over(release: Release, made: Sequence[PrintedVolume], secrets: Secrets) -> Lookout:
    """What looks through the volumes of a production; their page numbers are nobody's secret."""
    pages = [each.packet.pages for each in made]
    numbers = [bates(one.prefix, n) for one in pages for n in range(one.first, one.last + 1)]
    return Lookout(release, secrets, numbers)


def refuse_leaks(release: Release, made: Sequence[PrintedVolume], secrets: Secrets) -> None:
    """Raise IntegrityError where something that is covered or withheld stands in a file of these
    volumes of a release, with the places and without the words."""
    lookout = lookout_over(release, made, secrets)
    for volume in made:
        found = leaks_in(volume.folder, lookout)
        if found:
            named = "; ".join(str(each) for each in found[:_NAMED])
            more = f" (and {len(found) - _NAMED} more)" if len(found) > _NAMED else ""
            raise IntegrityError(
                "nothing was produced: what is covered or withheld was found in the files of "
                f"volume {volume.release.volume}: {named}{more}. Please report this"
            )
