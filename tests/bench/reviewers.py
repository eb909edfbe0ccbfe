"""Clerks who review one request at once: a light client, in a process of its own.

    python tests/bench/reviewers.py < TASK

The TASK is JSON: port, cookie, number, items, clerks, seconds. Each clerk opens an item, decides,
and goes on to the item the desk sends them to, as a person with the keyboard would, only without
thinking. Prints as JSON, for each answer, what was done, its status and its milliseconds. Two
clerks on one item is part of it: the second is told.
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlencode

_FORM = re.compile(r'<form method="post" id="decide".*?</form>', re.DOTALL)
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
Answered = tuple[str, int, float]


def clerk(
    seed: int, port: int, cookie: str, number: str, items: Sequence[int], seconds: float
) -> list[Answered]:
    """Review from somewhere in the queue until the time is up: what was asked, the answer's status
    and its milliseconds."""
    rng = random.Random(seed)
    found: list[Answered] = []
    connection = HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(what: str, path: str, form: dict[str, str] | None = None) -> tuple[str, str]:
        start = time.perf_counter()
        headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        method, body = ("GET", None) if form is None else ("POST", urlencode(form))
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        found.append((what, answer.status, (time.perf_counter() - start) * 1000))
        return text, answer.headers.get("location", "")

    try:
        end = time.perf_counter() + seconds
        path = ""
        while time.perf_counter() < end:
            path = path or f"/requests/{number}/review/{rng.choice(items)}"
            page, _ = ask("next item", path)
            form = _FORM.search(page)
            hidden = dict(_HIDDEN.findall(form.group())) if form else {}
            choice = rng.choice(("release", "not responsive"))
            _, path = ask("decide", path.partition("?")[0], {**hidden, "choice": choice})
    finally:
        connection.close()
    return found


def main() -> None:
    """Read the task, and let the clerks work."""
    task = json.load(sys.stdin)
    given = (task["port"], task["cookie"], task["number"], task["items"], task["seconds"])
    with ThreadPoolExecutor(task["clerks"]) as pool:
        each = [pool.submit(clerk, seed, *given) for seed in range(task["clerks"])]
        json.dump([answer for one in each for answer in one.result()], sys.stdout)


if __name__ == "__main__":
    main()
