"""archiver release and archiver deliver, as a person types them."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from archiver.production.ledger import Production
from tests.cli.shell import Shell

Fit = Callable[..., Production]


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], city: Any) -> Shell:
    return Shell(capsys, city.home.path)


def test_from_the_volume_to_the_link_and_back(shell: Shell, fit: Fit, tmp_path: Path) -> None:
    made = fit()
    secret = tmp_path / "passphrase"
    secret.write_text("blue heron at dawn\n")
    words = ("release", "make", made.request, "--days", "7", "--passphrase-file", str(secret))
    shell.run(*words, code=2)
    assert "--yes" in shell.err
    told = shell.json(*words, "--yes")
    assert told["state"] == "released"
    assert "/d/" in told["address"]
    assert "heron" not in str(told)
    assert "VOL001" in shell.run("release", "list")
    assert told["address"] not in shell.run("release", "show", "1")
    assert made.manifest_sha256 in shell.out
    assert "1 links work" in shell.run("status", code=1)
    assert "works no more" in shell.run("release", "end-link", "1", "--reason", "Sent open")
    assert "/d/" in shell.run("release", "link", "1")
    shell.run("release", "withdraw", "1", "--reason", "Wrong person", "--yes")
    [one] = shell.json("release", "list", made.request)
    assert one["state"] == "withdrawn"
    shell.run("release", "make", made.request, "--yes", code=0)
    shell.run("release", "make", made.request, "--yes", code=5)
    assert "went out: name one with --volume" in shell.err


def test_a_drive_paper_and_what_is_only_staged(shell: Shell, fit: Fit, tmp_path: Path) -> None:
    made = fit()
    drive = tmp_path / "stick"
    drive.mkdir()
    number = made.request
    staged = shell.run("release", "make", number, "--channel", "paper", "--stage-only", "--yes")
    assert "archiver release send 1" in staged
    assert "released" in shell.run("release", "send", "1")
    words = ("release", "make", number, "--volume", "1", "--to", "The court", "--yes")
    told = shell.json(*words, "--to-folder", str(drive), "--as", "folder")
    assert told["release"]["channel"] == "drive"
    assert (drive / f"{number}-release-2" / "README.txt").exists()
    shell.run(*words, "--channel", "email", "--at", "2031-01-01", code=5)
    assert "lies ahead" in shell.err
    fit(number, "A later record")
    shell.run("release", "supersede", "2", "--by", "2", "--reason", "A name was left in")
    assert "superseded" in shell.out and "VOL002" in shell.out


def test_deliver_serves_a_folder_without_any_archive_home(fit: Fit, shell: Shell) -> None:
    made = fit()
    address = shell.json("release", "make", made.request, "--yes")["address"]
    shell.home, home = None, shell.home
    shell.run("deliver", "serve", str(home), "--host", "0.0.0.0", code=2)
    assert "--behind-proxy" in shell.err
    folder = Path(str(home)) / "delivery"
    call = [sys.executable, "-m", "archiver", "deliver", "serve", str(folder), "--port", "0"]
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        base = serving.stdout.readline().split()[4]
        path = "/d/" + address.partition("/d/")[2]
        assert httpx.get(base + path).status_code == 200
        shell.run("deliver", "serve", str(folder), "--port", "0", code=4)
        serving.send_signal(signal.SIGTERM)
        assert serving.wait(20) == 0
