"""The zip that the owner of an account makes with `archiver select`: the items they picked and
their statement. It is recognised by ``statement.json`` at its top; every other member is an item
and is read as a file of its own. Nothing is unpacked to disk, and what is larger than a file may
be, nested or encrypted is refused.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from archiver.errors import InputError
from archiver.requests.receiving.attaching import LARGEST

STATEMENT = "statement.json"
MOST_ITEMS = 2_000
_LONGEST_STATEMENT = 1024 * 1024
_FAULTS = (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError)
"""What the library raises for a damaged, encrypted or strangely packed zip."""


def is_selection(path: Path) -> bool:
    """Whether a file is such a zip."""
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as opened:
            return STATEMENT in opened.namelist()
    except _FAULTS:
        return False


def statement_of(path: Path) -> Mapping[str, str]:
    """What the owner stated, by the names of `NewStatement`'s values; other names are left out.

    Raises InputError where the statement cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as opened:
            found = opened.getinfo(STATEMENT)
            if found.file_size > _LONGEST_STATEMENT:
                raise InputError(f"{STATEMENT} in {path.name} is too long")
            read = msgspec.json.decode(opened.read(found), type=dict[str, object])
    except (*_FAULTS, msgspec.DecodeError) as error:
        raise InputError(
            f"{STATEMENT} in {path.name} cannot be read ({type(error).__name__}): make the "
            "selection anew"
        ) from None
    return {name: value for name, value in read.items() if isinstance(value, str)}


def selected(path: Path) -> Iterator[tuple[str, bytes]]:
    """The items, by name, in the order they lie there. Raises InputError."""
    try:
        with zipfile.ZipFile(path) as opened:
            members = [
                each
                for each in opened.infolist()
                if not each.is_dir() and each.filename != STATEMENT and each.file_size
            ]
            if not members:
                raise InputError(f"{path.name} holds a statement and nothing that was picked")
            if len(members) > MOST_ITEMS:
                raise InputError(f"{path.name} holds more than {MOST_ITEMS} items: hand in fewer")
            for each in members:
                with opened.open(each) as stream:
                    content = stream.read(LARGEST + 1)
                if len(content) > LARGEST:
                    raise InputError(f"{each.filename} in {path.name} is larger than 50 MB")
                yield each.filename, content
    except _FAULTS as error:
        raise InputError(
            f"{path.name} is damaged or encrypted ({type(error).__name__}): make the selection anew"
        ) from None
