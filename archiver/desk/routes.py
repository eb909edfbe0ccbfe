"""Every address of the desk, who may ask for it, and which page answers."""

from __future__ import annotations

import re

from archiver.desk.addresses import (
    clock,
    collecting,
    custodians,
    finding,
    forwards,
    imports,
    intake,
    letters,
    policies,
    records,
    releases,
    requests,
    retention,
    reviewing,
    staff,
)
from archiver.desk.routing import Route

ROUTES: tuple[Route, ...] = (
    *staff.TABLE,
    *records.TABLE,
    *retention.TABLE,
    *policies.TABLE,
    *collecting.TABLE,
    *reviewing.TABLE,
    *clock.TABLE,
    *letters.TABLE,
    *finding.TABLE,
    *imports.TABLE,
    *custodians.TABLE,
    *forwards.TABLE,
    *intake.TABLE,
    *releases.TABLE,
    *requests.TABLE,
)
"""The first that fits answers; a request's number fits much, so the requests come last."""

STATIC = re.compile(r"/static/[a-z0-9-]+\.(?:css|js|svg)\Z")


def find(path: str) -> tuple[Route, dict[str, str]] | None:
    """The route of a path and the parts it names, or None."""
    for route in ROUTES:
        match = route.pattern.match(path)
        if match is not None:
            return route, match.groupdict()
    return None
