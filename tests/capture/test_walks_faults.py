"""Refusals, limits and broken connections: nothing is lost, nothing unseen is claimed."""

from __future__ import annotations

import base64
import subprocess
import sys

import httpx
import pytest

from archiver.archive.store import Archive
from archiver.archive.verify import verify
from archiver.items import Access, Kind
from tests.capture.bluesky_city import City, contents, states
from tests.capture.interference import Fault, Interfering, answering, breaking_off
from tests.servers.bluesky_network import Network, picture

pytestmark = pytest.mark.servers

LIST = "com.atproto.repo.listRecords"
LIMITED = {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}


def interfered(city: City, matching: str, fault: Fault, **more: object):  # type: ignore[no-untyped-def]
    """A night over a network that misbehaves."""
    transport = Interfering(matching, fault)
    source = city.source(transport=transport, **more)
    try:
        return city.capture(source)
    finally:
        source.close()


def test_a_walk_that_breaks_off_proves_nothing_absent(city: City) -> None:
    posts = [city.person.post(f"Notice {n}") for n in range(7)]
    city.capture()
    city.person.delete(posts[0]["uri"])
    city.person.delete(posts[6]["uri"])
    report = interfered(city, f"{LIST}?repo", breaking_off(1))
    assert report.outcome == "partial"
    assert states(report)["post"] == "partial"
    assert "did not answer" in report.message
    assert city.rows("SELECT count(*) AS n FROM records WHERE presence <> 'present'") == [{"n": 0}]
    city.capture()
    absent = city.rows("SELECT native_id FROM records WHERE presence = 'absent'")
    assert {row["native_id"] for row in absent} == {posts[0]["uri"], posts[6]["uri"]}


def test_what_was_taken_before_a_break_stays(city: City) -> None:
    posts = {city.person.post(f"Notice {n}")["uri"] for n in range(7)}
    report = interfered(city, f"{LIST}?repo", breaking_off(2))
    assert states(report)["post"] == "partial"
    assert len(city.native_ids(Kind.POST)) == 6
    report = city.capture()
    assert city.native_ids(Kind.POST) == posts
    (start,) = [one.start for one in report.coverage if one.what is Kind.POST]
    assert start is None


def test_a_gone_answer_from_a_repository_that_fell_silent_is_no_absence(city: City) -> None:
    city.person.profile(displayName="Alder Glen")
    post = city.person.post("Notice")
    city.person.post("Another")
    city.capture()
    city.person.delete(post["uri"])
    silent = answering(0, 400, {"error": "RepoTakendown"}, times=99)

    def fault(request: httpx.Request, before: int) -> httpx.Response | None:
        return silent(request, before) if "describeRepo" in str(request.url) and before else None

    interfered(city, "describeRepo", fault)
    assert city.record(post)["presence"] == "unknown"
    assert city.events(post) == ["unknown"]
    city.capture()
    assert city.record(post)["presence"] == "absent"


def test_a_short_limit_is_waited_out_and_the_walk_goes_on(city: City) -> None:
    posts = {city.person.post(f"Notice {n}")["uri"] for n in range(7)}
    limited = answering(1, 429, LIMITED, headers={"Retry-After": "3"})
    report = interfered(city, f"{LIST}?repo", limited)
    assert states(report)["post"] == "complete"
    assert city.native_ids(Kind.POST) == posts
    assert len(city.slept) == 1
    assert 2 < city.slept[0] <= 4
    assert report.counts["waits"] == 1


def test_a_long_limit_ends_the_night_cleanly(city: City) -> None:
    for n in range(7):
        city.person.post(f"Notice {n}")
    limited = answering(1, 429, LIMITED, headers={"Retry-After": "900"})
    report = interfered(city, f"{LIST}?repo", limited)
    assert report.outcome == "partial"
    assert states(report)["post"] == "partial"
    assert states(report)["following"] == "none"
    assert "asks to wait until" in report.message
    assert city.slept == []
    assert city.capture().counts["stored"] > 0
    assert len(city.native_ids(Kind.POST)) == 7


def test_the_real_limit_of_a_server_is_understood(limited_pds: Network, city: City) -> None:
    person = limited_pds.person("limited")
    for _ in range(40):
        answer = person.client.post(
            "com.atproto.server.createSession",
            json={"identifier": person.handle, "password": "wrong"},
        )
        if answer.status_code == 429:
            break
    assert answer.status_code == 429
    there = City(limited_pds, person, city.home, person.password)
    report = there.capture()
    assert report.outcome == "failed"
    assert "asks to wait until" in report.message
    assert set(states(report).values()) == {"none"}


def test_a_wrong_app_password_says_what_to_do(city: City) -> None:
    city.password = "not-the-password"
    report = city.capture()
    assert report.outcome == "failed"
    assert "make a new app password" in report.message
    assert "not-the-password" not in report.message


def test_a_revoked_sign_in_in_the_middle_ends_the_night(city: City) -> None:
    for n in range(7):
        city.person.post(f"Notice {n}")
    dead = answering(1, 400, {"error": "ExpiredToken", "message": "Token has expired"}, times=99)
    report = interfered(city, f"{LIST}?repo", dead)
    assert report.outcome == "partial"
    assert "make a new app password" in report.message


def test_an_account_that_is_taken_down_leaves_its_records_as_they_are(city: City) -> None:
    post = city.person.post("Notice")
    city.capture()
    city.network.set_standing(city.person.did, taken_down=True)
    report = city.capture()
    assert report.outcome == "failed"
    assert set(states(report).values()) == {"none"}
    assert city.record(post)["presence"] == "present"
    assert city.events(post) == []


def test_a_handle_that_passed_to_somebody_else_is_not_continued(city: City) -> None:
    city.person.post("Ours")
    city.capture()
    other = city.network.person("other")
    other.post("Theirs")
    there = City(city.network, other, city.home, other.app_password())
    report = there.capture()
    assert report.outcome == "failed"
    assert "register the new account by itself" in report.message
    assert city.rows("SELECT count(*) AS n FROM records WHERE kind = 'post'") == [{"n": 1}]


@pytest.mark.parametrize(
    "fault",
    [
        answering(0, 200, b"<html>maintenance</html>", times=99),
        answering(0, 200, {"unexpected": True}, times=99),
        answering(0, 503, b"busy", times=99),
        answering(0, 200, b"not gzip", headers={"Content-Encoding": "gzip"}, times=99),
    ],
)
def test_nonsense_from_the_server_is_a_reason_and_not_a_traceback(city: City, fault: Fault) -> None:
    city.person.post("Notice")
    report = interfered(city, f"{LIST}?repo", fault)
    assert states(report)["post"] in {"none", "partial"}
    assert states(report)["profile"] == "complete"


def test_a_record_that_cannot_be_read_is_kept_raw_and_the_rest_goes_on(city: City) -> None:
    posts = [city.person.post(f"Notice {n}") for n in range(3)]
    real = httpx.get(
        f"{city.network.pds}/xrpc/{LIST}",
        params={"repo": city.person.did, "collection": "app.bsky.feed.post"},
    ).json()
    real["records"][1]["value"] = "a text where an object should be"
    broken = answering(0, 200, real, times=99)
    report = interfered(city, "collection=app.bsky.feed.post", broken)
    assert report.counts["skipped"] == 1
    assert city.native_ids(Kind.POST) == {posts[0]["uri"], posts[2]["uri"]}
    (kept,) = city.rows("SELECT failed, raw FROM skipped")
    assert kept["failed"]
    assert b"a text where an object should be" in kept["raw"]


def test_a_picture_that_cannot_be_had_comes_later(city: City) -> None:
    blob = city.person.upload(picture("red"), "image/png")
    city.person.post(
        "Bridge",
        embed={"$type": "app.bsky.embed.images", "images": [{"alt": "Bridge", "image": blob}]},
    )
    missing = answering(0, 500, {"error": "InternalServerError"}, times=99)
    report = interfered(city, "getBlob", missing)
    assert report.counts["media waiting"] == 1
    report = city.capture()
    assert report.counts["media"] == 1
    assert "media waiting" not in report.counts
    kept = [path for path in (city.home.path / "public" / "media").rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in kept] == [picture("red")]
    assert "media" not in city.capture().counts


def test_bytes_that_are_not_the_blob_are_refused(city: City) -> None:
    blob = city.person.upload(picture("red"), "image/png")
    city.person.post(
        "Bridge",
        embed={"$type": "app.bsky.embed.images", "images": [{"alt": "Bridge", "image": blob}]},
    )
    other = answering(0, 200, picture("green"), times=99)
    report = interfered(city, "getBlob", other)
    assert report.counts["media waiting"] == 1
    assert not [p for p in (city.home.path / "public" / "media").rglob("*") if p.is_file()]


def test_no_secret_is_in_any_file_of_the_home(city: City) -> None:
    post = city.person.post("Notice")
    city.capture()
    city.person.delete(post["uri"])
    city.person.post(f"An absent-minded clerk posts the password: {city.password}")
    source = city.source()
    city.capture(source)
    tokens = source._session._tokens
    assert tokens is not None
    source.close()
    secrets = [tokens.accessJwt, tokens.refreshJwt, tokens.accessJwt.split(".")[2]]
    for secret in secrets:
        needles = [secret.encode(), base64.b64encode(secret.encode())]
        for path, data in contents(city.home.path):
            assert not any(needle in data for needle in needles), path
    warcs = sorted(city.home.path.rglob("*.warc.gz"))
    assert warcs
    for path, data in contents(city.home.path):
        if path in warcs:
            assert city.password.encode() not in data, path
            assert b"createSession" not in data
            assert b"refreshSession" not in data
    with Archive.open(city.home) as archive:
        for row in archive.public.execute("SELECT raw, dictionary_id FROM versions"):
            raw = archive.codec(Access.PUBLIC).unpack(row["raw"], row["dictionary_id"])
            assert not any(secret.encode() in raw for secret in secrets)


def test_the_evidence_passes_warcio_and_verify(city: City) -> None:
    post = city.person.post("Notice")
    city.person.profile(displayName="Alder Glen")
    city.capture()
    city.person.delete(post["uri"])
    city.capture()
    warcs = sorted(city.home.path.rglob("*.warc.gz"))
    assert len(warcs) == 2
    checked = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", "-v", *map(str, warcs)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    report = verify(city.home)
    assert report.ok, report.findings


def test_every_version_cites_the_exchange_that_brought_it(city: City) -> None:
    city.person.post("Notice")
    city.capture()
    city.person.profile(displayName="Alder Glen")
    city.capture()
    assert city.rows("SELECT kind, version_count FROM records ORDER BY kind") == [
        {"kind": "post", "version_count": 1},
        {"kind": "profile", "version_count": 2},
    ]
    assert city.rows("SELECT n FROM versions WHERE exchange_id IS NULL") == []
