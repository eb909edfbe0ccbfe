"""A link from the office: made, fetched through real processes, taken over, ended, cleared."""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from archiver.errors import InputError, RuleError, StorageError
from archiver.operations.backup import back_up
from archiver.production.delivery.links import EXPIRED, OPEN, WITHDRAWN
from archiver.production.ledger import Production
from archiver.production.releasing import linking, offering
from archiver.production.releasing.book import get_release
from archiver.production.releasing.ending import supersede, withdraw
from archiver.production.releasing.going_out import count_open_links
from archiver.production.releasing.linking import close_link, make_link
from archiver.production.releasing.offering import terms_of
from archiver.production.releasing.settling import fetches_of, settle
from archiver.production.releasing.staging import stage
from archiver.register.office import audit_trail
from tests.production.doors import Doors

Fit = Callable[..., Production]
ODILE = {"actor": "odile"}


def linked(city: Any, made: Production, channel: str = "link", **terms: Any) -> tuple[Any, Any]:
    """A release with a link: the release, and the link with its address."""
    release = stage(city.home, city.office, made.request, [made.volume], channel=channel, **ODILE)
    wanted = terms_of(city.home.settings(), channel, **terms)
    new = make_link(city.home, city.office, release, terms=wanted, **ODILE)
    return get_release(city.office, release.id), new


def path_of(new: Any) -> str:
    return "/d/" + str(new.address).partition("/d/")[2]


def folder_of(city: Any, new: Any) -> Path:
    folder: Path = city.home.path / "delivery" / new.link.public_id
    return folder


def test_the_token_is_told_once_and_kept_nowhere_and_the_files_are_the_volume_s_own(
    city: Any, fit: Fit
) -> None:
    made = fit()
    proof = made.folder.with_name("VOL001.proof.json")
    proof.write_text(f'{{"manifest_sha256": "{made.manifest_sha256}"}}')
    release, new = linked(city, made)
    token = new.address.rpartition("/")[2]
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    city.office.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for path in city.home.path.rglob("*"):
        if path.is_file():
            assert token.encode() not in path.read_bytes(), path
    folder = folder_of(city, new)
    name = f"{made.request}-VOL001"
    assert {each.name for each in folder.iterdir()} == {
        *("link.json", "fetches.jsonl", f"{name}.zip", f"{name}.proof.json"),
    }
    assert (folder / f"{name}.zip").samefile(made.folder.with_name("VOL001.zip"))
    assert folder.stat().st_mode & 0o077 == 0
    assert release.state == "released"
    assert count_open_links(city.office) == 1


def test_what_was_fetched_comes_into_the_office_once_and_withdrawing_ends_it_at_once(
    city: Any, fit: Fit, door: Doors
) -> None:
    made = fit()
    release, new = linked(city, made)
    with door.start() as browser:
        browser.get(path_of(new))
        name = f"{made.request}-VOL001.zip"
        answer = browser.post(f"{path_of(new)}/get", data={"file": name})
        at = answer.headers["location"]
        assert browser.get(at).content == made.folder.with_name("VOL001.zip").read_bytes()
        browser.get(path_of(new))
        assert settle(city.home, city.office) == 4
        assert settle(city.home, city.office) == 0
        ended = withdraw(city.home, city.office, release.id, reason="Wrong person", **ODILE)
        assert browser.get(at).status_code == browser.get(path_of(new)).status_code == 404
    assert ended.links[0].ended_why == "the release is withdrawn"
    found = {(each.what, each.file, each.outcome) for each in fetches_of(city.office, release.id)}
    assert found == {("page", "", ""), ("ticket", name, ""), ("sent", name, "whole")}
    taken = audit_trail(city.office, subject=f"release {release.id}", limit=9)
    assert "fetches taken over" in {each.action for each in taken}
    settle(city.home, city.office)
    assert {each.name for each in folder_of(city, new).iterdir()} == {WITHDRAWN, "fetches.jsonl"}
    assert made.folder.with_name("VOL001.zip").exists(), "what was released stays"


def test_at_the_counter_the_packet_alone_is_shown(city: Any, fit: Fit, door: Doors) -> None:
    made = fit()
    release, new = linked(city, made, "inspection")
    name = f"{made.request}-VOL001-packet.pdf"
    assert sorted(each.name for each in folder_of(city, new).glob("*VOL*")) == [name]
    with door.start() as browser:
        shown = browser.get(f"{path_of(new)}/view/{name}")
        assert shown.content == (made.folder / "packet.pdf").read_bytes()
    assert (release.channel, release.state, new.link.most) == ("inspection", "released", 0)


def test_a_link_may_be_ended_and_another_made_until_the_release_itself_has_ended(
    city: Any, fit: Fit
) -> None:
    made = fit()
    release, new = linked(city, made)
    with pytest.raises(InputError, match="say why"):
        close_link(city.home, city.office, new.link.id, why="", **ODILE)
    close_link(city.home, city.office, new.link.id, why="Sent in clear text", **ODILE)
    assert not (folder_of(city, new) / OPEN).exists()
    again = make_link(city.home, city.office, release, **ODILE)
    assert again.address != new.address
    fit(made.request, "Another record")
    supersede(city.home, city.office, release.id, 2, reason="A name was left in", **ODILE)
    assert count_open_links(city.office) == 0
    with pytest.raises(RuleError, match="was superseded"):
        make_link(city.home, city.office, release, **ODILE)


def test_on_a_full_disk_nothing_goes_out_and_the_staged_release_is_linked_later(
    city: Any, fit: Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = fit()
    release = stage(city.home, city.office, made.request, channel="link", **ODILE)

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(offering.os, "link", full)
        patch.setattr(offering.shutil, "copyfile", full)
        with pytest.raises(StorageError, match=f"archiver release link {release.id}"):
            make_link(city.home, city.office, release, **ODILE)
    assert get_release(city.office, release.id).state == "staged"
    assert list((city.home.path / "delivery").iterdir()) == []
    make_link(city.home, city.office, release, **ODILE)
    assert get_release(city.office, release.id).state == "released"


def test_on_another_disk_or_group_the_files_are_copied_and_compared(
    city: Any, fit: Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = fit()

    def other_disk(*_: Any) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(offering.os, "link", other_disk)
    _, new = linked(city, made)
    copy = folder_of(city, new) / f"{made.request}-VOL001.zip"
    packed = made.folder.with_name("VOL001.zip")
    assert copy.read_bytes() == packed.read_bytes()
    assert not copy.samefile(packed)


@pytest.mark.skipif(
    os.geteuid() != 0 and not os.environ.get("CI"),
    reason="only root gives a folder to another group",
)
def test_a_folder_of_another_group_holds_copies_which_that_group_can_read(
    city: Any, fit: Fit
) -> None:
    made = fit()
    root = city.home.path / "delivery"
    root.mkdir()
    os.chown(root, -1, 54_321)
    root.chmod(0o2770)
    _, new = linked(city, made)
    folder = folder_of(city, new)
    assert {each.stat().st_gid for each in (folder, *folder.iterdir())} == {54_321}
    assert folder.stat().st_mode & 0o777 == 0o770
    for name, bits in (("link.json", 0o640), ("fetches.jsonl", 0o660)):
        assert (folder / name).stat().st_mode & 0o777 == bits
    assert not (folder / f"{made.request}-VOL001.zip").samefile(made.folder.with_name("VOL001.zip"))


def killed(act: Callable[[], object]) -> None:
    """Do something in a process that is killed at its next rename of a folder."""
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            Path.rename = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore
            act()
        os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)


def test_a_kill_before_a_link_is_in_place_leaves_what_was_staged_and_clears_the_rest(
    city: Any, fit: Fit
) -> None:
    made = fit()
    release = stage(city.home, city.office, made.request, channel="link", **ODILE)
    killed(lambda: make_link(city.home, city.office, release, **ODILE))
    root = city.home.path / "delivery"
    [left] = root.glob(".making-*")
    settle(city.home, city.office)
    assert (get_release(city.office, release.id).state, left.is_dir()) == ("staged", True)
    unknown = left.with_name(left.name.removeprefix(".making-"))
    shutil.copytree(left, unknown)
    for each in (left, unknown):
        os.utime(each, (time.time() - 7200,) * 2)
    settle(city.home, city.office)
    assert list(root.iterdir()) == []
    make_link(city.home, city.office, get_release(city.office, release.id), **ODILE)
    assert count_open_links(city.office) == 1


def test_a_kill_between_the_end_of_a_link_and_its_row_leaves_it_ended_and_is_told(
    city: Any, fit: Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, new = linked(city, fit())

    def stopped(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(linking, "write_end", stopped)
        with pytest.raises(KeyboardInterrupt):
            withdraw(city.home, city.office, release.id, reason="Wrong", **ODILE)
    assert get_release(city.office, release.id).state == "released"
    assert not (folder_of(city, new) / OPEN).exists()
    settle(city.home, city.office)
    assert get_release(city.office, release.id).links[0].ended_why == "it was ended at its folder"
    assert withdraw(city.home, city.office, release.id, reason="Wrong", **ODILE).state


def test_where_a_folder_cannot_be_written_a_withdrawal_says_so_and_is_not_written_down(
    city: Any, fit: Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, _ = linked(city, fit())

    def refused(*_: Any) -> bool:
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(linking, "end_link", refused)
    with pytest.raises(StorageError, match="the link cannot be ended"):
        withdraw(city.home, city.office, release.id, reason="Wrong", **ODILE)
    assert get_release(city.office, release.id).state == "released"


def test_what_has_expired_is_cleared_and_its_log_kept_a_day_for_what_still_runs(
    city: Any, fit: Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, new = linked(city, fit(), days=1)
    folder = folder_of(city, new)
    start = time.time()
    for days, there in ((0.5, {OPEN}), (1.5, {EXPIRED}), (2.5, set())):
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(start + days * 86_400))
        monkeypatch.setenv("ARCHIVER_NOW", moment)
        settle(city.home, city.office)
        names = {each.name for each in folder.glob("*.json")} if folder.is_dir() else set()
        assert names & {OPEN, EXPIRED} == there
        assert bool(list(folder.glob("*.zip"))) == (days < 1)


def test_links_are_in_no_backup_so_none_that_was_withdrawn_comes_back(
    city: Any, fit: Fit, tmp_path: Path
) -> None:
    _, new = linked(city, fit())
    (tmp_path / "backups").mkdir()
    back_up(city.home, tmp_path / "backups", actor="test")
    names = {path.name for path in (tmp_path / "backups").rglob("*")}
    assert "VOL001.zip" in names and new.link.public_id not in names
    shutil.rmtree(city.home.path / "delivery")
    settle(city.home, city.office)
    assert count_open_links(city.office) == 0
    [link] = get_release(city.office, new.link.release_id).links
    assert link.ended_why == "its folder is missing"


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ({"days": 0}, "lasts 1 to"),
        ({"days": 5000}, "lasts 1 to"),
        ({"downloads": -1}, "allows 1 to"),
        ({"passphrase": "short"}, "too short"),
    ],
)
def test_terms_that_make_no_sense_are_refused_before_anything_is_done(
    city: Any, terms: dict[str, Any], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        terms_of(city.home.settings(), "link", **terms)
    with pytest.raises(InputError, match="takes no passphrase"):
        terms_of(city.home.settings(), "inspection", passphrase="blue heron at dawn")
