"""A packet with what a custodian returned: redacted like any record, the custodian in its index and
in its statement of search."""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import pikepdf
import pypdf
import pytest

from archiver.register.accounts import add_account
from archiver.requests.book import decide, items_of
from archiver.requests.custodians.answers import NewAnswer, answer, show_facts
from archiver.requests.custodians.asks import NewAsk, ask_custodian
from archiver.requests.custodians.handing_in import HandedFile
from archiver.requests.custodians.taking_in import take_in_request
from archiver.requests.decisions import Claim
from archiver.requests.redacting.redactions import Mark, add_redaction
from tests.requests.custodians.conftest import mail, picture

SECRET = "Zwiebelkuchen 555-0142"
PERSONAL = "quirina@example.com"
FACTS = "They are about my sister Xantopolous."
SECTION = "7927.410"


def document(title: str = "Hidden title") -> bytes:
    """A PDF with what it should not carry out of the building."""
    made = pikepdf.new()
    made.add_blank_page()
    made.docinfo["/Title"] = title
    made.attachments["inside.txt"] = b"hidden inside"
    made.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="hidden()")
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def handed_in(city: Any, secret: str = SECRET) -> str:
    """A request to which Ana Reyes returned an e-mail, a picture and a PDF; gives its number."""
    add_account(city.office, actor="of", platform="x", handle="AlderGlenParks", department="Parks")
    number = city.ask()
    settings = city.home.settings()
    wanted = NewAsk(
        name="Ana Reyes",
        title="Council member",
        department="City Council",
        scope="Messages about the lights",
        due_on=dt.date(2026, 11, 24),
    )
    ask = ask_custodian(city.office, settings, number, wanted, actor="of")
    given = NewAnswer(
        f"own e-mail {PERSONAL}",
        "Ana Reyes",
        dt.date(2026, 11, 20),
        terms="lights",
        kept_back="four messages",
        facts=FACTS,
        how="on paper",
    )
    content = mail(
        text=f"The lights are out. I am {secret}.",
        enclosed=((picture(), "image/png", f"{secret}.png"),),
    )
    files = [HandedFile(content, f"{secret}.eml"), HandedFile(document(), "plan.pdf")]
    answer(*(city.home, city.office, settings, ask.id, given, files), actor="of", on_behalf=True)
    take_in_request(city.home, city.office, city.archive, number, actor="worker")
    return number


def everything(folder: Path) -> bytes:
    """All the bytes of a volume, its PDFs' streams unpacked."""
    parts = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            parts.append(path.name.encode() + path.read_bytes())
            if path.suffix == ".pdf":
                with pikepdf.open(path) as pdf:
                    parts += [each.read_bytes() for each in pdf.objects if _is_plain(each)]
    return b"\n".join(parts)


def _is_plain(found: Any) -> bool:
    return isinstance(found, pikepdf.Stream) and found.get("/Subtype") != "/Image"


def released(city: Any, number: str) -> Path:
    """Cover the secret wherever it stands, release the rest, produce."""
    city.attest(SECTION)
    files = {"archive": city.archive.public, "private": city.archive.private}
    [message, plan] = items_of(city.office, number)
    text = city.archive.private.execute(
        "SELECT text FROM records WHERE id = ?", (message.record_id,)
    ).fetchone()["text"]
    start = text.index("I am ") + 5
    for mark in (Mark("text", start, len(text) - 1), Mark("media:1.alt", None, None)):
        add_redaction(
            *(city.office, files, number, message.id, mark), actor="of", claims=[Claim(SECTION)]
        )
    decide(city.office, number, [message.id], "redact", actor="of")
    city.release(number, plan.id)
    return city.produce(number).folder


def words_of(folder: Path) -> str:
    pages = pypdf.PdfReader(folder / "packet.pdf").pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_the_packet_names_the_custodian_and_holds_nothing_of_what_is_covered(city: Any) -> None:
    number = handed_in(city)
    folder = released(city, number)
    text = words_of(folder)
    assert "The lights are out. I am" in text
    assert "Handed in by" in text and "Ana Reyes" in text
    assert "Custodians asked" in text
    assert "Ana Reyes, Council member, City Council, asked" in text
    assert "Returned 2 files." in text
    assert "Declared true by Ana Reyes on 20 Nov 2026, as told to the city clerk." in text
    whole = everything(folder)
    for hidden in (SECRET, PERSONAL, FACTS, "Xantopolous", "Hidden title", "hidden inside"):
        assert hidden.encode() not in whole, hidden
    entries = [json.loads(line) for line in (folder / "data" / "records.jsonl").open()]
    assert {entry["platform"] for entry in entries} == {"forwarded"}
    assert [entry["author_name"] for entry in entries] == ["J. Frost", ""]


def test_the_pdf_that_was_returned_is_handed_out_without_what_it_carried(city: Any) -> None:
    folder = released(city, handed_in(city))
    [found] = (folder / "media").glob("*.pdf")
    with pikepdf.open(found) as pdf:
        assert len(pdf.pages) == 1
        assert not pdf.attachments
        assert "/Info" not in pdf.trailer and "/OpenAction" not in pdf.Root


def test_the_facts_are_printed_only_where_the_clerk_says_so(city: Any) -> None:
    number = handed_in(city)
    show_facts(city.office, 1, shown=True, actor="of")
    text = words_of(released(city, number))
    assert "Kept back as personal: four messages. They are about my sister Xantopolous" in text
    assert PERSONAL not in text


@pytest.mark.parametrize("other", ["Somebody else altogether, of another length"])
def test_two_secrets_give_the_same_packet(
    city: Any, new_city: Any, tmp_path: Path, other: str
) -> None:
    first = released(city, handed_in(city))
    second_city = new_city(tmp_path / "second")
    try:
        second = released(second_city, handed_in(second_city, other))
        names = sorted(p.relative_to(first).as_posix() for p in first.rglob("*") if p.is_file())
        assert names == sorted(
            p.relative_to(second).as_posix() for p in second.rglob("*") if p.is_file()
        )
        for name in names:
            if name.startswith("proof"):
                continue
            assert (first / name).read_bytes() == (second / name).read_bytes(), name
    finally:
        second_city.close()
