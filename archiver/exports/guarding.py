"""Reading what a stranger's file holds, element by element: what one element is broken by costs
that element alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from archiver.exports.counting import FileCount, Unit
from archiver.exports.documents import DocumentScanner
from archiver.exports.elements import Element, ElementScanner
from archiver.exports.faults import ElementError
from archiver.exports.pages import PageScanner
from archiver.exports.tables import Row, Table
from archiver.items import Skipped

RAW_LIMIT = 1 << 20

NOT_AS_EXPECTED = (
    KeyError,
    IndexError,
    TypeError,
    ValueError,
    AttributeError,
    OverflowError,
    RecursionError,
)
"""What reading a value raises that is not what its format says it is."""


def guarded(
    member: str,
    count: FileCount,
    element: Element | Row,
    read: Callable[[], Iterable[Unit]],
) -> Iterator[Unit]:
    """What `read` makes of an element, all of it or, where the element is not as its format has
    it, one `Skipped` that says so. Counts the element."""
    count.read += 1
    if element.fault is not None:
        yield failed(member, element, element.fault)
        return
    if isinstance(element, Element) and element.repaired:
        count.repaired += 1
    try:
        units = list(read())
    except ElementError as error:
        yield failed(member, element, str(error))
        return
    except NOT_AS_EXPECTED as error:
        yield failed(member, element, f"it is not built as expected ({type(error).__name__})")
        return
    yield from units


def ended(
    scanner: ElementScanner | DocumentScanner | PageScanner | Table, count: FileCount
) -> None:
    """Note after a walk whether a file was read to its end, and what was wrong with it."""
    if not scanner.complete or scanner.fault:
        count.complete = False
        count.reason = count.reason or scanner.fault or "it could not be read to its end"


def failed(member: str, element: Element | Row, detail: str) -> Skipped:
    """What could not be read. Its bytes come along unless they are very many: the original holds
    them too."""
    raw = element.raw if len(element.raw) <= RAW_LIMIT else None
    return Skipped(member, element.index, detail, failed=True, raw=raw)
