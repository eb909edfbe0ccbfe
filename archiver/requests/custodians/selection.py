"""The zip that the owner of a personal account makes with `archiver select`, as records that were
handed in: the items they picked, each with the object as their download holds it, and their
statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec.structs import replace

from archiver.errors import InputError
from archiver.exports.reader import open_download
from archiver.items import Item, Kind, MediaRef, Visibility
from archiver.register.accounts import FORWARDED
from archiver.register.names import key
from archiver.requests.custodians.file_kinds import not_produced
from archiver.requests.custodians.reading import Part, native_id_of
from archiver.requests.receiving.attaching import LARGEST
from archiver.selecting.selection import ITEMS, STATEMENT, Selection
from archiver.selecting.selection import is_selection as holds_selection

_PICKED = (
    "Picked out of the account's download with `archiver select`; the day given as received is "
    "that of the newest item."
)


def is_selection(path: Path) -> bool:
    """Whether a file was made by `archiver select`."""
    with path.open("rb") as stream:
        if stream.read(4) != b"PK\x03\x04":
            return False
    try:
        with open_download(path) as reader:
            return holds_selection(reader)
    except InputError:
        return False


def statement_of(path: Path) -> Mapping[str, str]:
    """What the owner stated, by the names of `NewStatement`'s values, and their name, title and
    department. The day of the newest picked item stands for the day it was received, which is said.

    Raises InputError where the file is damaged or was changed by hand.
    """
    with open_download(path) as reader:
        selection = Selection(reader)
        stated = selection.statement
        newest = max((item.created_at or "" for item in selection.items()), default="")
    return {
        "source": stated.account,
        "received": newest[:10] or stated.stated_on,
        "searched": stated.searched,
        "kept_back": stated.kept_back,
        "facts": stated.facts,
        "remark": _PICKED if newest else "",
        "stated_on": stated.stated_on,
        "name": stated.name,
        "title": stated.title,
        "department": stated.department,
    }


def picked_in(paths: Iterable[Path]) -> Mapping[str, str]:
    """What the owner stated of the one selection among files; nothing where there is none.

    Raises InputError where there are several, of which each has a statement of its own, or one is
    damaged.
    """
    found = [path for path in paths if is_selection(path)]
    if len(found) > 1:
        raise InputError(
            f"{len(found)} files were made by `archiver select`, each with its own statement: "
            "forward them one at a time"
        )
    return statement_of(found[0]) if found else {}


def check_owner(picked: Mapping[str, str], name: str) -> None:
    """Raises InputError where what somebody picked and stated is forwarded by another."""
    owner = picked.get("name", "")
    if owner and key(owner) != key(name):
        raise InputError(
            f"{owner} picked these items and stated where they are from: forward them in that "
            f"name, not as {name}"
        )


def selected(path: Path, number: int) -> Iterator[Part]:
    """The picked items as records of the file `number`, in their order.

    Raises InputError where the file is damaged, changed by hand, or holds nothing.
    """
    with open_download(path) as reader:
        if not {ITEMS, STATEMENT} <= set(reader.members):
            raise InputError(f"{path.name} is no selection made by `archiver select`")
        selection = Selection(reader)
        threads: dict[str, str] = {}
        for made, item in enumerate(selection.items(), 1):
            own = native_id_of(number, made)
            root = threads.setdefault(item.root_id, own) if item.root_id else own
            yield _part(selection, item, own, root)
    if not selection.count:
        raise InputError(f"{path.name} holds a statement and nothing that was picked")


def _part(selection: Selection, item: Item, own: str, root: str) -> Part:
    refs: list[MediaRef] = []
    media: dict[str, bytes | Path] = {}
    notices: list[str] = []
    for place, ref in enumerate(item.media, 1):
        key = f"{own}/{place}"
        stream = selection.open_media(ref)
        content = b""
        if stream is not None:
            with stream:
                content = stream.read(LARGEST + 1)
        if content and len(content) <= LARGEST:
            media[key] = content
            notices += not_produced(content, ref.name or key)
            refs.append(replace(ref, key=key))
        else:
            why = "is not in the download" if not content else "is too large to be read"
            notices.append(f"{ref.name or key} {why}: ask its owner for it")
            refs.append(replace(ref, key=key, available=False))
    record = replace(
        item,
        platform=FORWARDED,
        kind=Kind.MESSAGE,
        native_id=own,
        form=f"{item.platform} {item.form or item.kind.value}",
        parent_id=root if root != own else None,
        root_id=root,
        edit_id=None,
        visibility=Visibility.PRIVATE,
        media=tuple(refs),
        member=None,
        position=None,
    )
    return Part(record, media, tuple(notices), words=item.text)
