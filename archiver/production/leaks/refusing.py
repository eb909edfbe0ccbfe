"""Refusing what something leaked into: nothing is produced, and where it stands is told."""

from __future__ import annotations

from collections.abc import Sequence

from archiver.errors import IntegrityError
from archiver.production.leaks.scanning import leaks_in
from archiver.production.leaks.secrets import Secrets
from archiver.production.printing import PrintedVolume

_NAMED = 5


def refuse_leaks(made: Sequence[PrintedVolume], secrets: Secrets) -> None:
    """Raise IntegrityError where something that is covered or withheld stands in a file of these
    volumes, with the places and without the words."""
    for volume in made:
        found = leaks_in(volume.folder, volume.release, secrets)
        if found:
            named = "; ".join(str(each) for each in found[:_NAMED])
            more = f" (and {len(found) - _NAMED} more)" if len(found) > _NAMED else ""
            raise IntegrityError(
                "nothing was produced: what is covered or withheld was found in the files of "
                f"volume {volume.release.volume}: {named}{more}. Please report this"
            )
