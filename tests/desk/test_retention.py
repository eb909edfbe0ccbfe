"""Retention at the desk: who sees what, holds, forms that bring a file."""

from __future__ import annotations

from contextlib import closing

import pytest

from archiver.config import Home
from archiver.register.office import audit_trail, open_office
from archiver.retention.holds import list_holds
from tests.desk.conftest import SECRET, Browser

HOLD = {
    "hold-kind": "claim",
    "reference": "26-019",
    "reason": "A claim over the park",
    "q": '"park closure"',
    "standing": "1",
}


async def test_who_may_see_retention_sees_it_and_nobody_else(anonymous: Browser) -> None:
    seen = {}
    for role in ("clerk", "records-manager", "attorney", "auditor", "communications", "reviewer"):
        assert (await anonymous.sign_in(role)).status_code == 303
        seen[role] = (await anonymous.get("/retention")).status_code
    assert seen == {
        "clerk": 200,
        "records-manager": 200,
        "attorney": 200,
        "auditor": 200,
        "communications": 403,
        "reviewer": 403,
    }


async def test_a_hold_is_looked_at_first_and_then_placed(anonymous: Browser, city: Home) -> None:
    await anonymous.sign_in("records-manager")
    looked = await anonymous.post("/retention/holds", {**HOLD, "look": "1"})
    assert "records</b>" in looked.text
    with closing(open_office(city)) as office:
        assert list_holds(office) == []
    placed = await anonymous.post("/retention/holds", HOLD)
    assert placed.status_code == 303
    page = await anonymous.get("/retention/holds")
    assert "Claim 26-019" in page.text
    assert "new captures too" in page.text
    with closing(open_office(city)) as office:
        hold = list_holds(office)[0]
        assert hold.placed_by == "records-manager"
    one = await anonymous.get(f"/retention/holds/{hold.id}")
    assert "If it is released" in one.text
    refused = await anonymous.post(f"/retention/holds/{hold.id}/release", {"reason": " "})
    assert refused.status_code == 422
    freed = await anonymous.post(f"/retention/holds/{hold.id}/release", {"reason": "Settled"})
    assert freed.status_code == 303
    with closing(open_office(city)) as office:
        assert list_holds(office) == []
        done = [entry.action for entry in audit_trail(office)]
    assert {"hold placed", "hold released"} <= set(done)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"q": "", "reference": "x"}, "name what is to be held"),
        ({"reference": ""}, "a hold needs a reference"),
        ({"hold-kind": "records request"}, "choose what kind of hold it is"),
        ({"pick": "archive:99999"}, "no record 99999 in archive"),
    ],
)
async def test_a_hold_that_cannot_stand_is_refused_in_words(
    anonymous: Browser, city: Home, change: dict[str, str], told: str
) -> None:
    await anonymous.sign_in("records-manager")
    answer = await anonymous.post("/retention/holds", {**HOLD, **change})
    assert answer.status_code == 422
    assert told in answer.text.lower()
    with closing(open_office(city)) as office:
        assert list_holds(office) == []


async def test_a_clerk_reads_holds_and_places_none(clerk: Browser) -> None:
    assert (await clerk.get("/retention/holds")).status_code == 200
    assert (await clerk.get("/retention/holds/new")).status_code == 403
    assert (await clerk.post("/retention/holds", HOLD)).status_code == 403


async def test_retention_pages_quote_nothing_private_to_who_may_not_see_it(
    clerk: Browser,
) -> None:
    for path in ("/retention", "/retention/holds", "/retention/batches"):
        assert SECRET not in (await clerk.get(path)).text


async def test_a_form_with_a_file_needs_the_key_of_the_session(anonymous: Browser) -> None:
    await anonymous.sign_in("attorney")
    answer = await anonymous.client.post(
        "/retention/batches/D-2026-01/approve",
        data={"form_key": "0" * 64},
        files={"document": ("x.pdf", b"%PDF-1.7")},
    )
    assert answer.status_code == 403
    answer = await anonymous.client.post(
        "/retention/batches/D-2026-01/approve",
        data={"form_key": anonymous.form_key, "kind": "consent"},
        files={"document": ("x.pdf", b"%PDF-1.7")},
    )
    assert answer.status_code == 404


async def test_a_form_that_is_cut_off_is_refused(anonymous: Browser) -> None:
    await anonymous.sign_in("attorney")
    answer = await anonymous.client.post(
        "/retention/batches/D-2026-01/approve",
        content=b'--x\r\ncontent-disposition: form-data; name="form_key"\r\n\r\nabc',
        headers={"content-type": "multipart/form-data; boundary=x"},
    )
    assert answer.status_code == 400
