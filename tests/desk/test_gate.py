"""Who gets in, and how far: every address against every role, and Datasette's own pages shut."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx

from archiver.desk.gate import CONTENT_SECURITY_POLICY
from archiver.desk.roles_table import readable, roles_table
from archiver.desk.routes import ROUTES
from archiver.staff.roles import ROLES

Browser = Any

STOCK = (
    "/-/plugins",
    "/-/plugins.json",
    "/-/config.json",
    "/-/settings.json",
    "/-/versions.json",
    "/-/databases.json",
    "/-/actor.json",
    "/-/metadata.json",
    "/-/allowed",
    "/-/check",
    "/-/permissions",
    "/-/jump",
    "/-/schema",
    "/-/auth-token",
    "/-/logout",
    "/-/messages",
    "/-/patterns",
    "/-/static/app.css",
    "/-/static-plugins/archiver/x.css",
    "/archive",
    "/archive.json",
    "/archive.db",
    "/Archive/Records",
    "/archive/records",
    "/archive/records.json",
    "/archive/records.csv?_stream=1",
    "/archive/records/1.json",
    "/archive/fts.json",
    "/archive/search_docs_content.json",
    "/archive/-/query?sql=select+1",
    "/archive/-/query.json?sql=select+1",
    "/archive/-/schema",
    "/private",
    "/private/records",
    "/private/search_docs.json",
    "/private.db",
    "/private/-/query.json?sql=select+*+from+records",
    "/_memory",
    "/_memory/-/query.json?sql=select+1",
    "/_internal",
    "/:memory:",
    "/.json",
    "/-/.json",
    "/office",
    "/staff",
    "/staff/people",
    "/robots.txt",
)

EXAMPLES = {
    "file": "archive",
    "guide": "downloads/facebook",
    "attachment": "plain-records.csv",
    "id": "1",
    "position": "1",
    "number": "AG-2026-0001",
    "item": "1",
    "search": "1",
    "run": "1",
    "minor": "1",
    "list": "1",
    "version": "1",
    "volume": "VOL001",
    "beside": "VOL001.zip",
    "page": "1",
    "path": "packet.pdf",
    "hold": "1",
    "draft": "palm-desert-2026.2",
    "batch": "D-2026-01",
    "job": "1",
    "approval": "1",
    "form": "pdf",
    "letter": "1",
    "language": "en",
    "kind": "closing",
    "place": "1",
    "login": "clerk",
    "ask": "1",
    "answer": "1",
    "forward": "1",
    "statement": "1",
    "consult": "1",
    "shape": "csv",
    "release": "1",
    "packed": "VOL001.zip",
    "link": "1",
    "import": "1",
}
TABLE = Path(__file__).with_name("routes-by-role.md")


def example(pattern: str, **parts: str) -> str:
    """An address that fits a route's pattern. A new part of an address needs a line above."""
    text = readable(pattern)
    for name in re.findall(r"\{(\w+)\}", text):
        if name not in EXAMPLES:
            raise AssertionError(f"{text}: add an example of {name!r} to EXAMPLES in test_gate.py")
    path = text.format(**{**EXAMPLES, **parts})
    assert parts or re.match(pattern, path), f"{path} does not fit {pattern}"
    return path


async def test_stock_pages_send_anonymous_people_to_the_sign_in_page(anonymous: Browser) -> None:
    for path in STOCK:
        answer = await anonymous.get(path)
        if path.partition("?")[0].endswith(".json"):
            assert (answer.status_code, answer.text) == (403, "sign in first"), path
        else:
            assert answer.status_code == 302, path
            assert answer.headers["location"].startswith("/sign-in"), path
        assert "datasette" not in answer.text.lower(), path


async def test_stock_pages_are_shut_for_everybody(anonymous: Browser) -> None:
    for role in ROLES:
        assert (await anonymous.sign_in(role)).status_code == 303
        for path in STOCK:
            answer = await anonymous.get(path)
            assert answer.status_code == 404, (role, path)
            assert "datasette" not in answer.text.lower(), (role, path)


async def test_stock_writes_are_shut_for_everybody(odile: Browser) -> None:
    for path in (
        "/archive/records/-/insert",
        "/archive/-/create",
        "/archive/records/-/drop",
        "/archive/-/execute-write",
        "/private/records/1/-/delete",
        "/-/create-token",
    ):
        assert (await odile.post(path)).status_code in (403, 404), path


async def test_every_address_refuses_whoever_lacks_its_permission(anonymous: Browser) -> None:
    reached = set()
    for role, granted in ROLES.items():
        assert (await anonymous.sign_in(role)).status_code == 303
        for route in ROUTES:
            path = example(route.pattern.pattern)
            for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
                if method == "POST" and (path == "/sign-out" or method in route.open):
                    reached.add((role, method, route.pattern.pattern))
                    continue
                act = route.acts.get(method)
                if method == "POST":
                    answer = await anonymous.post(path)
                else:
                    answer = await anonymous.client.request(method, path)
                if act is None and method not in route.open:
                    assert answer.status_code == 405, (role, method, path)
                elif act is not None and act.permission not in (None, *granted.permissions):
                    assert answer.status_code == 403, (role, method, path)
                else:
                    assert answer.status_code not in (403, 405), (role, method, path)
                    reached.add((role, method, route.pattern.pattern))
                assert answer.status_code < 500, (role, method, path)
    found = roles_table(
        lambda role, method, route: (role.name, method, route.pattern.pattern) in reached
    )
    assert found == roles_table()
    assert found == TABLE.read_text("utf-8"), (
        f"run: archiver staff roles --table > tests/desk/{TABLE.name}"
    )


async def test_anonymous_people_reach_nothing_but_the_sign_in_page(anonymous: Browser) -> None:
    for route in ROUTES:
        path = example(route.pattern.pattern)
        if route.open:
            continue
        answer = await anonymous.get(path)
        assert answer.status_code == (403 if path.endswith(".json") else 302), path
        assert (await anonymous.post(path)).status_code == 403, path


async def test_what_does_not_exist_looks_to_anonymous_people_like_what_does(
    anonymous: Browser,
) -> None:
    there = await anonymous.get("/accounts")
    nowhere = await anonymous.get("/no-such-page")
    assert there.status_code == nowhere.status_code == 302
    assert dict(there.headers).keys() == dict(nowhere.headers).keys()


async def test_every_answer_carries_the_protecting_headers(odile: Browser) -> None:
    for path in ("/", "/search?q=park", "/no-such-page", "/static/desk.css", "/-/plugins"):
        headers = (await odile.get(path)).headers
        assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        if not path.startswith("/static/"):
            assert headers["cache-control"] == "no-store", path
    assert "unsafe" not in CONTENT_SECURITY_POLICY


async def test_another_name_for_the_machine_is_refused(datasette: Any) -> None:
    from archiver.desk.serve import LOOPBACK_NAMES

    datasette.archiver_desk.hosts = LOOPBACK_NAMES
    transport = httpx.ASGITransport(app=datasette.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://evil.example") as client:
        assert (await client.get("/sign-in")).status_code == 421
    async with httpx.AsyncClient(transport=transport, base_url="http://[::1]:8001") as client:
        assert (await client.get("/sign-in")).status_code == 200


async def test_a_path_out_of_the_static_folder_is_not_served(odile: Browser) -> None:
    for path in (
        "/static/../datasette.yaml",
        "/static/%2e%2e/datasette.yaml",
        "/static/..%2fdatasette.yaml",
        "/static/",
    ):
        assert (await odile.get(path)).status_code in (302, 404), path
