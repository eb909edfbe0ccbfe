"""The help tells each role of the tasks it may do, and leads to pages it may open."""

from __future__ import annotations

import re
from typing import Any

from archiver.desk.routes import find
from archiver.staff.roles import ROLES, permissions_of

Browser = Any

REQUEST = "/requests/AG-2026-0001"
ACTS: dict[str, tuple[str, ...]] = {
    "h-assigned": ("POST /assigned/1",),
    "h-tasks": ("GET /tasks", "POST /tasks/1"),
    "h-find": ("GET /search",),
    "h-record": ("GET /record/archive/1",),
    "h-coverage": ("GET /search", "GET /coverage"),
    "h-import": ("POST /import/begin", "POST /import/1/confirm", "POST /import/1/remove"),
    "h-report": ("GET /import/1", "GET /import/1/report.csv"),
    "h-withdraw": ("POST /import/1/withdraw",),
    "h-log": ("POST /requests",),
    "h-email": ("POST /requests/new/email",),
    "h-practice": ("POST /requests",),
    "h-queue": ("POST /requests/queue/1",),
    "h-due": (f"GET {REQUEST}",),
    "h-extend": (f"POST {REQUEST}/extend", f"POST {REQUEST}/letters/new"),
    "h-collect": ("POST /collect", "GET /search", f"POST {REQUEST}/undo-addition"),
    "h-save": (f"POST {REQUEST}/searches", f"POST {REQUEST}/searches/1/freeze"),
    "h-since": (f"GET {REQUEST}/frozen/1", f"POST {REQUEST}/frozen/1/collect"),
    "h-lists": (f"POST {REQUEST}/lists", f"POST {REQUEST}/lists/1"),
    "h-custodians": (
        f"POST {REQUEST}/custodians",
        f"POST {REQUEST}/custodians/1",
        f"POST {REQUEST}/custodians/1/answer",
        f"POST {REQUEST}/department-files",
    ),
    "h-forward": ("POST /forwards",),
    "h-deletion": ("POST /consults",),
    "h-review": (f"POST {REQUEST}/review/1", f"POST {REQUEST}/review/1/undo"),
    "h-cover": (f"POST {REQUEST}/review/1/bars",),
    "h-personal": (f"POST {REQUEST}/personal", f"POST {REQUEST}/minors"),
    "h-same": (f"POST {REQUEST}/similar",),
    "h-bulk": (f"POST {REQUEST}/bulk/decide",),
    "h-ask": (f"POST {REQUEST}/review/1", "GET /attorney"),
    "h-assign": (f"POST {REQUEST}/assign",),
    "h-attest": ("POST /attest",),
    "h-answer": ("POST /attorney/answer",),
    "h-sign": ("POST /attorney/sign-off",),
    "h-letter": (f"POST {REQUEST}/letters/new", f"POST {REQUEST}/letters/1/send", "GET /letters"),
    "h-correct": (f"POST {REQUEST}/letters/new",),
    "h-parts": (f"POST {REQUEST}/instalments", f"POST {REQUEST}/review/1/instalment"),
    "h-produce": (f"POST {REQUEST}/produce",),
    "h-until": ("GET /retention",),
    "h-hold": ("POST /retention/holds", "POST /retention/holds/1/release"),
    "h-batch": ("POST /retention/batches", "POST /retention/batches/D-2026-01/execute"),
    "h-policy": ("GET /policies",),
    "h-filter": ("POST /policies", "POST /policies/keywords"),
    "h-quar": ("POST /record/archive/1/quarantine",),
    "h-setup": ("GET /setup",),
    "h-factor": ("POST /people/clerk/second-factor",),
    "h-staff": ("POST /people/clerk/sessions",),
    "h-audit": ("GET /audit",),
    "h-me": ("POST /me/password", "POST /me/second-factor/confirm"),
    "h-page": (),
}
"""What each task of the help does at the desk. A new task needs its line."""
NOT_THEIRS = {"attorney": {"h-ask"}}
"""What a role may do, and is not told of: nobody asks themselves."""


def open_to(role: str, act: str) -> bool:
    """Whether a role may do an act. Fails where the desk has no such address."""
    method, _, address = act.partition(" ")
    found = find(address.partition("?")[0])
    assert found is not None, f"the desk has no {address}"
    assert method in found[0].acts, f"{address} does not answer {method}"
    permission = found[0].acts[method].permission
    return permission is None or permission in permissions_of([role])


async def test_every_role_is_told_of_just_the_tasks_it_may_do(anonymous: Browser) -> None:
    told_of: set[str] = set()
    for role in ROLES:
        assert (await anonymous.sign_in(role)).status_code == 303
        page = (await anonymous.get("/help")).text
        told = re.findall(r'<h3 id="(h-[a-z]+)"', page)
        assert len(told) == len(set(told)), role
        theirs = {task for task, acts in ACTS.items() if all(open_to(role, act) for act in acts)}
        assert set(told) == theirs - NOT_THEIRS.get(role, set()), role
        told_of.update(told)
    assert told_of == set(ACTS)


async def test_the_help_leads_only_to_pages_one_may_open(anonymous: Browser) -> None:
    for role in ROLES:
        assert (await anonymous.sign_in(role)).status_code == 303
        page = (await anonymous.get("/help")).text.partition("<main")[2].partition("</main>")[0]
        led = re.findall(r'href="([^"]+)"', page)
        assert "/me" in led, role
        for address in led:
            if address.startswith("#"):
                assert f'id="{address[1:]}"' in page, f"{role} is led to {address}"
            else:
                assert open_to(role, f"GET {address}"), f"{role} is led to {address}"
