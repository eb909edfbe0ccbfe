"""The real Bluesky server (and AppView) for tests, and people who use it as residents would."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import io
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from archiver import clock
from tests.servers.processes import (
    ROOT,
    free_ports,
    needed,
    postgres,
    postgres_tools,
    redis,
    running,
)

TOOLS = ROOT / ".tools" / "bluesky"
SCRIPT = ROOT / "tests" / "servers" / "bluesky" / "serve.cjs"
ADMIN = ("admin", "admin-pass")
LABELER = "did:example:labeler"
JWT_SECRET = b"jwt-secret"
POST = "app.bsky.feed.post"
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Network:
    """A running server: addresses of the PDS, the directory and the AppView (None without)."""

    pds: str
    plc: str
    appview: str | None
    database: str | None
    process: subprocess.Popen[bytes]

    def settle(self) -> None:
        """Wait until the AppView has read everything that was written."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(b"settle\n")
        self.process.stdin.flush()
        said = self.process.stdout.readline().decode().strip()
        assert said == "settled", said

    def person(self, name: str) -> Person:
        """A new account."""
        handle = f"{name}-{next(_numbers)}.test"
        password = f"long-pass-of-{handle}"
        client = httpx.Client(base_url=f"{self.pds}/xrpc/", timeout=30)
        made = client.post(
            "com.atproto.server.createAccount",
            json={"handle": handle, "email": f"{handle}@example.com", "password": password},
        )
        made.raise_for_status()
        body = made.json()
        return Person(client, body["did"], handle, password, body["accessJwt"])

    def label(self, uri: str, value: str, *, labeler: str = LABELER) -> None:
        """Let a moderation service put a label on something, as the AppView takes it in."""
        self._sql(
            "INSERT INTO appview.label (src, uri, cid, val, neg, cts) VALUES "
            f"('{labeler}', '{uri}', '', '{value}', false, '2026-11-20T12:00:00.000Z')"
        )

    def unlabel(self, uri: str) -> None:
        """Let it take its labels back."""
        self._sql(f"DELETE FROM appview.label WHERE uri = '{uri}'")

    def _sql(self, statement: str) -> None:
        assert self.database is not None
        subprocess.run(
            [str(postgres_tools() / "psql"), "-q", "-v", "ON_ERROR_STOP=1", self.database],
            input=statement.encode(),
            check=True,
        )

    def set_standing(self, did: str, *, taken_down: bool) -> None:
        """Take an account down on the server, or put it back."""
        answer = httpx.post(
            f"{self.pds}/xrpc/com.atproto.admin.updateSubjectStatus",
            auth=ADMIN,
            json={
                "subject": {"$type": "com.atproto.admin.defs#repoRef", "did": did},
                "takedown": {"applied": taken_down},
            },
            timeout=30,
        )
        answer.raise_for_status()


@dataclass(slots=True)
class Person:
    """An account with its own sign-in."""

    client: httpx.Client
    did: str
    handle: str
    password: str
    token: str

    def call(self, method: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """A procedure of the server."""
        answer = self.client.post(
            method, json=body, headers={"Authorization": f"Bearer {self.token}"}
        )
        assert answer.status_code == 200, f"{method}: {answer.status_code} {answer.text}"
        return dict(answer.json()) if answer.content else {}

    def ask(self, method: str, **parameters: str | int) -> dict[str, Any]:
        """A query of the server."""
        answer = self.client.get(
            method, params=parameters, headers={"Authorization": f"Bearer {self.token}"}
        )
        assert answer.status_code == 200, f"{method}: {answer.status_code} {answer.text}"
        return dict(answer.json())

    def app_password(self) -> str:
        """An app password as the settings page makes one."""
        made = self.call("com.atproto.server.createAppPassword", {"name": f"a{next(_numbers)}"})
        return str(made["password"])

    def create(
        self, collection: str, value: Mapping[str, Any], rkey: str | None = None
    ) -> dict[str, Any]:
        """A new record."""
        record = {"$type": collection, "createdAt": now(), **value}
        body = {"repo": self.did, "collection": collection, "record": record}
        return self.call(
            "com.atproto.repo.createRecord", {**body, **({"rkey": rkey} if rkey else {})}
        )

    def put(self, uri: str, value: Mapping[str, Any]) -> dict[str, Any]:
        """A record written over another (or new, at a chosen key)."""
        _, _, _, collection, rkey = uri.split("/")
        record = {"$type": collection, "createdAt": now(), **value}
        return self.call(
            "com.atproto.repo.putRecord",
            {
                "repo": self.did,
                "collection": collection,
                "rkey": rkey,
                "record": record,
                "validate": collection.startswith("app.bsky"),
            },
        )

    def delete(self, uri: str) -> None:
        """Take a record away."""
        _, _, _, collection, rkey = uri.split("/")
        body = {"repo": self.did, "collection": collection, "rkey": rkey}
        self.call("com.atproto.repo.deleteRecord", body)

    def post(self, text: str, **more: Any) -> dict[str, Any]:
        """A post."""
        return self.create(POST, {"text": text, **more})

    def reply(
        self, to: Mapping[str, Any], text: str, root: Mapping[str, Any] | None = None, **more: Any
    ) -> dict[str, Any]:
        """An answer to a post."""
        return self.post(text, reply={"root": ref(root or to), "parent": ref(to)}, **more)

    def like(self, what: Mapping[str, Any]) -> dict[str, Any]:
        """A like."""
        return self.create("app.bsky.feed.like", {"subject": ref(what)})

    def repost(self, what: Mapping[str, Any]) -> dict[str, Any]:
        """A repost."""
        return self.create("app.bsky.feed.repost", {"subject": ref(what)})

    def follow(self, whom: Person) -> dict[str, Any]:
        """A follow."""
        return self.create("app.bsky.graph.follow", {"subject": whom.did})

    def block(self, whom: Person) -> dict[str, Any]:
        """A block."""
        return self.create("app.bsky.graph.block", {"subject": whom.did})

    def hide(self, post: Mapping[str, Any], *replies: Mapping[str, Any]) -> None:
        """Hide replies beneath a post (none: show all again)."""
        uri = post["uri"].replace("feed.post", "feed.threadgate")
        self.put(uri, {"post": post["uri"], "hiddenReplies": [one["uri"] for one in replies]})

    def upload(self, content: bytes, media_type: str) -> dict[str, Any]:
        """A blob."""
        answer = self.client.post(
            "com.atproto.repo.uploadBlob",
            content=content,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": media_type},
        )
        answer.raise_for_status()
        return dict(answer.json()["blob"])

    def profile(self, **value: Any) -> None:
        """The profile, written anew."""
        self.put(f"at://{self.did}/app.bsky.actor.profile/self", value)


def ref(made: Mapping[str, Any]) -> dict[str, Any]:
    """A strong reference to a record."""
    return {"uri": made["uri"], "cid": made["cid"]}


def now() -> str:
    """The real time, to the millisecond, as an app writes it."""
    moment = dt.datetime.now(dt.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def expired(token: str) -> str:
    """The same access token, run out an hour ago, with a good signature."""
    head, body, _ = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    claims["iat"] -= 8 * 3600
    claims["exp"] = int(time.time()) - 3600
    return _signed(head, claims)


def _signed(head: str, claims: Mapping[str, Any]) -> str:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    signature = hmac.digest(JWT_SECRET, f"{head}.{body}".encode(), hashlib.sha256)
    return f"{head}.{body}." + base64.urlsafe_b64encode(signature).decode().rstrip("=")


def node() -> Path:
    """The Node that the install script settled on."""
    own = TOOLS / "node" / "node_modules" / ".bin" / "node"
    return own if own.exists() else Path(needed("node"))


@contextmanager
def bluesky(mode: str) -> Iterator[Network]:
    """A server: ``pds``, ``limited`` (rate limits on) or ``appview`` (with Postgres and Redis)."""
    if not (TOOLS / "installed").exists():
        subprocess.run([str(ROOT / "tests" / "servers" / "install")], check=True)
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="archiver-bluesky-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        environment = {
            "TMPDIR": str(folder),
            "NODE_PATH": str(TOOLS / "node_modules"),
            "LOG_ENABLED": "false",
            "NODE_OPTIONS": "",
        }
        for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
            environment[name] = ""
        database = None
        if mode == "appview":
            database = stack.enter_context(postgres(folder))
            port = stack.enter_context(redis(folder))
            environment |= {"DB_POSTGRES_URL": database, "REDIS_HOST": f"127.0.0.1:{port}"}
        ports = [str(port) for port in free_ports(4)]
        log = folder / "node.log"
        process = stack.enter_context(
            running([node(), SCRIPT, mode, *ports], log=log, environment=environment, listen=True)
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"the Bluesky server did not start: {log.read_text()[-2000:]}")
        said = json.loads(line)
        yield Network(said["pds"], said["plc"], said.get("appview"), database, process)


def picture(colour: str) -> bytes:
    """A small picture drawn here."""
    out = io.BytesIO()
    Image.new("RGB", (12, 8), colour).save(out, "PNG")
    return out.getvalue()


def days_after(start: dt.datetime, days: int) -> str:
    """The time some days after another, as a record says it."""
    return clock.to_text(start + dt.timedelta(days=days))


def tid(moment: dt.datetime) -> str:
    """The record key of a moment (https://atproto.com/specs/tid)."""
    letters = "234567abcdefghijklmnopqrstuvwxyz"
    number = int(moment.timestamp() * 1_000_000) << 10
    found = ""
    for _ in range(13):
        found = letters[number & 31] + found
        number >>= 5
    return found
