"""The account's own records of a kind: what is recent every night, the rest in turn."""

from __future__ import annotations

from collections.abc import Iterable

from archiver.archive.writing import would_store
from archiver.capture.absence import merged, unseen_in
from archiver.capture.coverage import Statement, covered
from archiver.capture.night import LEFT_OPEN, Night, pace, share
from archiver.items import Kind, Page, Span


class _Shown:
    """What a stretch of a walk has shown, and for which time it was exhaustive."""

    def __init__(self, night: Night) -> None:
        self._night = night
        self._seen: set[str] = set()
        self._spans: list[Span] = []

    def take(self, page: Page, cursors: dict[str, str] | None = None) -> None:
        night = self._night
        self._seen.update(item.native_id for item in page.items)
        if page.span:
            self._spans.append(page.span)
        _note_touched(night, page)
        night.taker.take(page, cursors=cursors)

    def settle(self) -> bool:
        """Ask for what should have been shown. Call it only after the stretch was read whole."""
        night = self._night
        night.taker.flush()
        return night.confirm(
            missing
            for span in merged(self._spans)
            for missing in unseen_in(night.archive, night.account_id, span, self._seen)
        )


def capture_own(night: Night, kind: Kind) -> Statement:
    """Walk the account's own records of a kind and say what was covered.

    The first walk reads everything, over as many nights as the platform's limits take. Raises
    SourceError; what was taken before stays.
    """
    name = f"walk {kind.value}"
    position = night.position(name)
    settled = True
    if position:
        settled = _take_all(night, night.walk(kind, None, night.since))
    whole_tonight, round_settled = _round(night, kind, name, position)
    start = None if whole_tonight else night.since
    reasons = [] if settled and round_settled else [LEFT_OPEN]
    slow = pace(position.get("whole") or 0, night.limits, night.limits.rotation_pages)
    reason = "; ".join([*reasons, slow] if slow else reasons)
    return covered(kind, night.source.capabilities[kind], start, night.now, reason)


def _take_all(night: Night, pages: Iterable[Page]) -> bool:
    shown = _Shown(night)
    for page in pages:
        shown.take(page)
    return shown.settle()


def _round(night: Night, kind: Kind, name: str, position: dict[str, object]) -> tuple[bool, bool]:
    """Go on with the round through everything: (everything was read by now, all was asked).

    In the very first round the position is committed with every page, so that a kill costs a page;
    later it is committed once all that was missing has been asked for.
    """
    whole = int(str(position.get("whole") or 0))
    at = position.get("at")
    at = at if isinstance(at, str) else None
    from_beginning = at is None
    pages = int(str(position.get("pages") or 0))
    if from_beginning and pages and not whole:
        night.reached(name, {"at": None, "pages": 0, "whole": pages})
        return True, True
    quota = share(whole, night.limits, night.limits.rotation_pages) if whole else None
    shown = _Shown(night)
    taken = 0
    stopped = False
    for page in night.walk(kind, at):
        taken, pages, at = taken + 1, pages + 1, page.resume
        here = night.cursor(name, {"at": at, "pages": pages, "whole": whole or None})
        shown.take(page, None if whole else here)
        night.tell(f"{kind.value}s", pages, whole or None)
        if quota is not None and taken >= quota and at is not None:
            stopped = True
            break
    settled = shown.settle()
    after = {"at": at, "pages": pages, "whole": whole}
    if not stopped:
        after = {"at": None, "pages": 0, "whole": pages}
    night.reached(name, after)
    return not stopped and (from_beginning or not whole), settled


def _note_touched(night: Night, page: Page) -> None:
    """A new or changed record of the account that hangs on a post (a rule that hides a reply, say)
    changes what is to be seen beneath it."""
    hanging = [item for item in page.items if item.kind is Kind.REACTION and item.parent_id]
    if not hanging:
        return
    wanted = would_store(night.archive, night.account_id, hanging)
    for item, new in zip(hanging, wanted, strict=True):
        if new and item.parent_id:
            night.touched.add(item.parent_id)
