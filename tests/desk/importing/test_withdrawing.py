"""Withdrawing an import at the desk."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from archiver.cli.main import cli
from archiver.config import Home
from archiver.desk.pages import imports
from archiver.operations import import_withdrawing
from archiver.operations.verifying import verify_home
from tests.desk.conftest import Browser
from tests.desk.importing.conftest import begin, counted, found, imported, work


async def test_a_records_manager_withdraws_an_import_with_a_reason(
    registered: Home, anonymous: Browser, made: Path
) -> None:
    await anonymous.sign_in("clerk")
    _, *before = counted(registered)
    number = await imported(registered, anonymous, made)
    assert "A records manager can withdraw" in (await anonymous.get(f"/import/{number}")).text
    assert (await anonymous.post(f"/import/{number}/withdraw", {"reason": "x"})).status_code == 403
    await anonymous.sign_in("records-manager")
    assert (await anonymous.post(f"/import/{number}/withdraw")).status_code == 400
    for _ in range(2):
        answer = await anonymous.post(f"/import/{number}/withdraw", {"reason": "the wrong file"})
        assert answer.status_code == 303
    work(registered)
    assert found(registered, number).state == "withdrawn", "once, and whole"
    assert counted(registered)[1:] == tuple(before)
    page = (await anonymous.get(f"/import/{number}")).text
    assert "This import was withdrawn" in page
    assert "the wrong file" in page
    assert verify_home(registered).ok
    begun = (await begin(anonymous, ("again.zip", made.read_bytes()))).json()
    assert begun["files"][0]["earlier"] is None, "as if it had never been imported"


async def test_an_import_withdrawn_by_command_is_withdrawn_at_the_desk(
    registered: Home, anonymous: Browser, made: Path
) -> None:
    await anonymous.sign_in("records-manager")
    number = await imported(registered, anonymous, made)
    run = found(registered, number).run
    arguments = ["imports", "withdraw", str(run), "--reason", "the wrong file", "--yes"]
    answer = CliRunner().invoke(cli, ["--home", str(registered.path), *arguments])
    assert answer.exit_code == 0, answer.output
    assert found(registered, number).state == "withdrawn"
    assert "the wrong file" in (await anonymous.get(f"/import/{number}")).text
    begun = (await begin(anonymous, ("again.zip", made.read_bytes()))).json()
    assert begun["files"][0]["earlier"] is None, "as if it had never been imported"


async def test_a_worker_killed_after_a_withdrawal_leaves_it_withdrawn(
    registered: Home, anonymous: Browser, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await anonymous.sign_in("records-manager")
    number = await imported(registered, anonymous, made)
    await anonymous.post(f"/import/{number}/withdraw", {"reason": "the wrong file"})
    with monkeypatch.context() as patch:
        patch.setattr(import_withdrawing, "move", _killed)
        with pytest.raises(KeyboardInterrupt):
            work(registered)
    assert found(registered, number).state == "done"
    work(registered)
    assert found(registered, number).state == "withdrawn"


def _killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


async def test_what_stands_in_the_way_of_withdrawing_is_said(
    registered: Home, anonymous: Browser, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await anonymous.sign_in("records-manager")
    number = await imported(registered, anonymous, made)
    assert f'action="/import/{number}/withdraw"' in (await anonymous.get(f"/import/{number}")).text
    told = "Request AG-2026-0007 holds 3 of its records."
    monkeypatch.setattr(imports, "blockers", lambda *_: [told])
    page = (await anonymous.get(f"/import/{number}")).text
    assert told in page
    assert f'action="/import/{number}/withdraw"' not in page
