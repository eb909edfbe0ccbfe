"""The units of a download as pages: of about a thousand, lists of people apart and last."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from archiver.exports.counting import Unit
from archiver.items import Item, Page, Skipped, Subscriber

PAGE_UNITS = 1000
PAGE_BYTES = 8 << 20


def in_pages(
    units: Iterable[Unit], resume: str | None, met: Callable[[Item], object]
) -> Iterator[Page]:
    """Pages of units in their order, from behind `resume` (the `resume` of the last page that was
    taken; what lies before is gone through and not given again). `met` is told every item, also
    those that are not given. The first person begins a page: a list is taken from its beginning
    again after a kill, the records before it are not.
    """
    passed = int(resume) if resume else 0
    ordinal = 0
    batch: list[Unit] = []
    size = 0
    in_lists = False
    for unit in units:
        ordinal += 1
        if isinstance(unit, Item):
            met(unit)
        if ordinal <= passed:
            continue
        if isinstance(unit, Subscriber) and not in_lists:
            in_lists = True
            if batch:
                yield _page(batch, ordinal - 1)
                batch, size = [], 0
        batch.append(unit)
        size += len(unit.raw) if isinstance(unit, Item) else 64
        if len(batch) >= PAGE_UNITS or size > PAGE_BYTES:
            yield _page(batch, ordinal)
            batch, size = [], 0
    if batch:
        yield _page(batch, ordinal)


def _page(batch: Sequence[Unit], ordinal: int) -> Page:
    return Page(
        items=[one for one in batch if isinstance(one, Item)],
        subscribers=[one for one in batch if isinstance(one, Subscriber)],
        skipped=[one for one in batch if isinstance(one, Skipped)],
        resume=str(ordinal),
    )
