"""Lists of people: followers, whom the account follows, blocks and mutes."""

from __future__ import annotations

from archiver.capture.coverage import Statement, covered
from archiver.capture.night import Night
from archiver.items import Page, Relation


def capture_list(night: Night, relation: Relation) -> Statement:
    """Walk a list of people to its end. Raises SourceError.

    Whoever is no longer met is taken off the list only after a walk that reached the end and gave
    at least half of what the platform states: a list that suddenly comes back short is a fault of
    the platform before it is a mass departure.
    """
    walked, stated = 0, None
    held: Page | None = None
    first = True
    for page in night.walk(relation):
        if held is not None:
            night.taker.take_people(held, relation, first=first, complete=False)
            first = False
        held = page
        walked += len(page.subscribers)
        stated = page.stated_count if page.stated_count is not None else stated
        night.tell(f"{relation.value} list", walked, stated)
    believable = stated is None or walked * 2 >= stated
    if held is not None:
        night.taker.take_people(held, relation, first=first, complete=believable)
    night.taker.flush()
    reason = ""
    if stated is not None and stated != walked:
        reason = f"the platform states {stated}, its list gave {walked}"
    # who stood on it before the first walk is not known: a list is covered for its moment
    return covered(relation, night.source.capabilities[relation], night.now, night.now, reason)
