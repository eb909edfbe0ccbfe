"""Releasing in a browser: a link shown once, the log, withdrawn; and what the requester sees."""

from __future__ import annotations

import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.servers
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_CHECK = "rules => axe.run(document, {runOnly: rules}).then(found => found.violations)"
_SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def faults(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    found = page.evaluate(_CHECK, RULES)
    lines = [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]
    if page.evaluate(_SIDEWAYS) > 0:
        lines.append("the page scrolls sideways")
    return lines


@pytest.fixture
def door(desk: Any) -> Iterator[str]:
    """Where links are served: the address of a door beside the desk."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    call = [*(sys.executable, "-m", "archiver", "--home", str(desk.home.path))]
    with subprocess.Popen(
        [*call, "deliver", "serve", "--port", str(port)], stdout=subprocess.PIPE, text=True
    ) as serving:
        assert serving.stdout is not None and "Links are served" in serving.stdout.readline()
        yield f"http://127.0.0.1:{port}"
        serving.send_signal(signal.SIGTERM)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_from_the_packet_to_the_requester_and_back(
    desk: Any, door: str, chromium: Browser, axe: str, scheme: Any, width: int
) -> None:
    with closing(sqlite3.connect(desk.home.office_db)) as office:
        [number] = office.execute("SELECT request FROM productions LIMIT 1").fetchone()
    look: Any = {
        "color_scheme": scheme,
        "viewport": {"width": width, "height": 900},
        "bypass_csp": True,
    }
    clerk, requester = chromium.new_context(**look), chromium.new_context(**look)
    page = clerk.new_page()
    page.goto(f"{desk.address}/sign-in")
    page.get_by_label("Login").fill(desk.login)
    page.get_by_label("Password").fill(desk.password)
    page.get_by_label("Password").press("Enter")
    page.wait_for_url(f"{desk.address}/")
    page.goto(f"{desk.address}/requests/{number}")
    page.get_by_role("link", name="Release, links, withdrawals").click()
    found = {"before": faults(page, axe)}
    page.get_by_role("checkbox", name="VOL001").check()
    page.get_by_role("button", name="Release", exact=True).click()
    address = page.get_by_role("status").locator("b").inner_text()
    found["link"] = faults(page, axe)

    theirs = requester.new_page()
    theirs.goto(door + "/d/" + address.partition("/d/")[2])
    found["offer"] = faults(theirs, axe)
    with theirs.expect_download() as saved:
        theirs.get_by_role("button", name=re.compile("Download .*zip")).click()
    packed = desk.home.productions / number / "VOL001.zip"
    assert saved.value.path().read_bytes() == packed.read_bytes()

    page.goto(f"{desk.address}/requests/{number}/releases")
    expect(page.get_by_role("main")).to_contain_text("Bytes sent, whole")
    page.get_by_text("Withdraw it").first.click()
    found["open"] = faults(page, axe)
    newest = page.locator("section.card").first
    newest.get_by_label("Reason").last.fill("Sent to the wrong person")
    newest.get_by_role("button", name=re.compile("Withdraw release")).click()
    expect(page.get_by_role("status")).to_contain_text("Its links work no more")
    theirs.reload()
    expect(theirs.get_by_role("heading", level=1)).to_have_text("There is nothing at this address")
    found["nothing"] = faults(theirs, axe)
    assert {name: lines for name, lines in found.items() if lines} == {}
    clerk.close()
    requester.close()
