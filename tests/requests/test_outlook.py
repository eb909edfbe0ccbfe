"""Messages in Outlook's own forms are read like any other e-mail; damaged ones are refused."""

from __future__ import annotations

import datetime as dt
import random
import struct
import time
from collections.abc import Callable
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.errors import InputError
from archiver.items import Author
from archiver.requests.custodians.reading import EMAIL, Handed, read_file
from archiver.requests.receiving.emails import EmailDraft, read_email
from tests.requests.custodians.conftest import mail, picture
from tests.requests.outlook_files import Outlooks
from tests.requests.rich_texts import rich

AT = dt.datetime(2026, 11, 16, 16, 30, tzinfo=dt.UTC)
BODY, HTML, RTF, HEADERS, CODEPAGE = 0x1000, 0x1013, 0x1009, 0x007D, 0x3FFD
WORDS = "The lights at the skate park are out again. Señora Peña called too.\r\n"


def letter(**more: object) -> Outlooks:
    """A resident's letter as Outlook keeps it, with a picture."""
    return Outlooks(
        {
            0x001A: "IPM.Note",
            0x0037: "Lights at the skate park – again",
            0x0C1A: "Jana Frost",
            0x0C1F: "/O=EXCHANGE/OU=CITY/CN=JFROST",
            0x5D01: "jfrost@example.com",
            0x0039: AT,
            0x0E06: AT + dt.timedelta(seconds=5),
            0x1035: "<one@example.com>",
            BODY: WORDS,
        },
        [
            {0x3001: "Ana Reyes", 0x39FE: "ana.reyes@example.org", 0x0C15: 1},
            {0x3001: "Clerk", 0x3003: "clerk@example.org", 0x0C15: 2},
            {0x3001: "Parks list", 0x3003: "/O=EXCHANGE/CN=PARKS", 0x0C15: 2},
        ],
        [{0x3707: "gate in the evening.png", 0x3704: "GATEIN~1.PNG", 0x3701: picture(), 0x3705: 1}],
    )


def read(made: bytes) -> EmailDraft:
    return read_email(made)


def test_a_message_file_is_read_with_sender_times_words_and_enclosures() -> None:
    draft = read(letter().msg())
    assert (draft.sender, draft.address) == ("Jana Frost", "jfrost@example.com")
    assert draft.subject == "Lights at the skate park – again"
    assert draft.text.strip() == WORDS.strip()
    assert draft.message_id == "<one@example.com>"
    assert draft.received == "2026-11-16T16:30:05Z" and draft.sent == "2026-11-16T16:30:00Z"
    assert draft.moments[0].told == "Outlook’s own time of receipt"
    assert draft.recipients == (
        ("Ana Reyes", "ana.reyes@example.org"),
        ("Clerk", "clerk@example.org"),
        ("Parks list", ""),
    )
    [file] = draft.files
    assert (file.name, file.content) == ("gate in the evening.png", picture())
    assert any("a form of Outlook's own" in line for line in draft.notices)


def test_a_message_of_older_letters_is_read_by_its_code_page() -> None:
    old = letter()
    old.properties |= {0x0037: "Luces otra vez, señor", CODEPAGE: 1252}
    draft = read(old.msg(encoding="cp1252"))
    assert draft.subject == "Luces otra vez, señor"
    assert "Señora Peña" in draft.text


def test_the_lines_it_travelled_with_come_before_what_outlook_says() -> None:
    travelled = letter()
    travelled.properties[HEADERS] = (
        "Received: from mx.example.com by mail.example.org; Mon, 16 Nov 2026 08:31:00 -0800\r\n"
        "From: =?utf-8?q?Jana_Fr=C3=B6st?= <jana@example.net>\r\n"
        "Content-Type: multipart/mixed; boundary=x\r\nMIME-Version: 1.0\r\n"
        "Auto-Submitted: no\r\n\r\n"
    )
    draft = read(travelled.msg())
    assert (draft.sender, draft.address) == ("Jana Fröst", "jana@example.net")
    assert draft.received == "2026-11-16T16:31:00Z"
    assert draft.subject == "Lights at the skate park – again"
    assert len(draft.files) == 1


def test_an_address_of_other_letters_stands_in_the_name() -> None:
    other = letter()
    other.recipients = [{0x3001: "Пётр", 0x39FE: "пётр@пример.рф"}, {0x39FE: "я@пример.рф"}]
    assert read(other.msg()).recipients == (("Пётр пётр@пример.рф", ""), ("я@пример.рф", ""))


def test_words_that_are_pages_are_taken_out_of_them() -> None:
    page = letter()
    del page.properties[BODY]
    page.properties[HTML] = b"<html><body><p>The lights are <b>out</b>.</p></body></html>"
    assert read(page.msg()).text.strip() == "The lights are out."


@pytest.mark.parametrize("form", [Outlooks.msg, Outlooks.tnef], ids=["msg", "winmail.dat"])
def test_words_kept_as_rich_text_only_are_taken_out_of_it_and_that_is_told(
    form: Callable[[Outlooks], bytes],
) -> None:
    only = letter()
    del only.properties[BODY]
    only.properties[RTF] = rich(WORDS)
    draft = read(form(only))
    assert draft.text.strip() == WORDS.strip()
    assert any("(RTF) only: they were taken out" in line for line in draft.notices)
    only.properties[RTF] = b"LZFu"
    draft = read(form(only))
    assert draft.text == ""
    assert any("(RTF) only and could not be taken out" in line for line in draft.notices)


@pytest.mark.parametrize("form", [Outlooks.msg, Outlooks.tnef], ids=["msg", "winmail.dat"])
def test_a_message_enclosed_in_a_message_is_one_of_its_own(
    form: Callable[[Outlooks], bytes],
) -> None:
    outer = letter()
    outer.properties[0x0037] = "Fwd: lights"
    outer.inner.append(letter())
    custodian = Author("ana", None, "Ana Reyes")
    parts = read_file(Handed(7, form(outer), "a.msg", custodian))
    assert [part.item.form for part in parts] == [EMAIL, EMAIL]
    above, below = (part.item for part in parts)
    assert below.parent_id == above.native_id
    assert below.text.startswith("Lights at the skate park – again\n\nThe lights at the skate park")
    assert below.author.handle == "jfrost@example.com"
    assert [len(part.media) for part in parts] == [1, 1]


def test_what_outlook_wrapped_is_unwrapped_where_an_e_mail_encloses_it() -> None:
    wrapped = letter().tnef()
    draft = read(mail(enclosed=((wrapped, "application/ms-tnef", "winmail.dat"),)))
    [file] = draft.files
    assert (file.name, file.content) == ("gate in the evening.png", picture())
    assert "The lights are out again." in draft.text
    assert any("wrapped by Outlook (winmail.dat)" in line for line in draft.notices)
    damaged = read(mail(enclosed=((wrapped[:300], "application/ms-tnef", "winmail.dat"),)))
    assert [file.name for file in damaged.files] == ["winmail.dat"]


def test_enclosures_alone_are_taken_out_of_a_file_that_says_nothing_else() -> None:
    bare = Outlooks({0x001A: "IPM.Note"}, enclosed=letter().enclosed)
    draft = read(bare.tnef())
    assert [file.name for file in draft.files] == ["gate in the evening.png"]
    with pytest.raises(InputError, match="nothing in it"):
        read(Outlooks({0x001A: "IPM.Note"}).tnef())


def test_an_enclosure_of_many_megabytes_is_taken_out_whole() -> None:
    film = random.Random(1).randbytes(17_000_000)
    large = letter()
    large.enclosed = [{0x3707: "council.mp4", 0x3701: film, 0x3705: 1}]
    for made in (large.msg(), large.tnef()):
        [file] = read(made).files
        assert (file.name, file.content == film) == ("council.mp4", True)


def test_another_file_of_an_office_program_is_no_message() -> None:
    from tests.requests.outlook_files import compound_file

    with pytest.raises(InputError, match="no message of Outlook's"):
        read(compound_file({"WordDocument": b"x" * 5_000}))


def test_streams_that_share_their_bytes_do_not_become_more_than_the_file() -> None:
    many = letter()
    many.enclosed = [{0x3707: f"{n}.bin", 0x3701: bytes(9_000), 0x3705: 1} for n in range(4)]
    whole = many.msg()
    assert len(read(whole).files) == 1  # the same bytes are one
    lying = whole.replace((9_000).to_bytes(8, "little"), (2**31 - 1).to_bytes(8, "little"))
    assert lying != whole
    with pytest.raises(InputError, match="damaged"):
        read(lying)


def _header(**changed: int) -> bytes:
    """A compound file of four sectors whose tables lead round and round: a header with these
    numbers, a table that follows itself, and a root of a gigabyte."""
    told = {"tables": 1, "directory": 1, "mini": 2, "minis": 1, "more": 0xFFFFFFFE, "mores": 0}
    told |= changed
    head = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        *(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, told["tables"]),
        *(told["directory"], 0, 4096, told["mini"], told["minis"], told["more"], told["mores"]),
    )
    head += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    table = struct.pack("<128I", *range(128))
    name = "Root Entry\0".encode("utf-16-le")
    rest = (0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 3, 1_000_000_000)
    root = struct.pack("<64sHBBIII16xI16xIQ", name, len(name), 5, 1, *rest[:3], 0, *rest[3:])
    return head + table + root.ljust(512, b"\0") + struct.pack("<128I", *[3] * 128) * 2


@pytest.mark.parametrize(
    "body",
    [
        _header(),
        _header(minis=2_000_000),
        _header(tables=109 + 127 * 300, more=3, mores=300),
        _header(directory=0),
        _header(more=3, mores=1)[: 512 * 4 + 3],
    ],
    ids=[
        *("a root of a gigabyte", "many small tables", "a table that lists itself"),
        *("no directory", "a list of tables that breaks off"),
    ],
)
def test_tables_that_lead_round_and_round_are_refused_at_once(body: bytes) -> None:
    began = time.process_time()
    with pytest.raises(InputError, match="damaged"):
        read(body)
    assert time.process_time() - began < 5


def test_many_recipients_and_streams_take_no_longer_than_their_bytes() -> None:
    crowded = letter()
    crowded.recipients = [{0x3001: f"Resident {number}", 0x0C15: 1} for number in range(3_000)]
    assert len(read(crowded.msg()).recipients) == 200


def test_a_page_of_letters_given_as_text_and_endless_lines_are_read() -> None:
    odd = letter()
    del odd.properties[BODY]
    odd.properties |= {0x3FDE: "a\0b", HTML: b"<p>The lights are out.</p>", 0x0037: "a " * 200_000}
    odd.properties[HEADERS] = "a" * 5_000 + ": x\r\nFrom: a@example.org\r\n"
    for form in (odd.msg(), odd.tnef()):
        draft = read(form)
        assert draft.text.strip() == "The lights are out."
        assert len(draft.subject) <= 4_000
    assert read(b"From: a@b.c\nSubject: x\n" + b"a" * 5_000 + b": x\n\nhello").text == "hello"


def test_many_messages_enclosed_leave_the_words_of_the_first() -> None:
    many = letter()
    for number in range(31):
        inner = letter()
        inner.properties[0x0037] = f"Lights {number}"
        many.inner.append(inner)
    draft = read(many.msg())
    assert "out again" in draft.text
    assert len(draft.files) == 32


def test_words_that_outlook_wrapped_are_taken_where_the_e_mail_has_none() -> None:
    page = letter()
    del page.properties[BODY]
    page.properties[HTML] = b"<p>The lights are out.</p>"
    bare = EmailMessage()
    bare["From"], bare["Subject"] = "jfrost@example.com", "Lights"
    bare.add_attachment(page.tnef(), maintype="application", subtype="ms-tnef", filename="x.dat")
    assert read(bare.as_bytes()).text.strip() == "The lights are out."
    said = read(mail(enclosed=((page.tnef(), "application/ms-tnef", "winmail.dat"),)))
    assert "The lights are out." not in said.text
    only = letter()
    del only.properties[BODY]
    only.properties[RTF] = rich(WORDS)
    bare.set_payload([])
    bare.add_attachment(only.tnef(), maintype="application", subtype="ms-tnef", filename="x.dat")
    draft = read(bare.as_bytes())
    assert draft.text.strip() == WORDS.strip()
    assert any("(RTF) only" in line for line in draft.notices)
    said = read(mail(enclosed=((only.tnef(), "application/ms-tnef", "winmail.dat"),)))
    assert not any("(RTF)" in line for line in said.notices)


def test_empty_words_hide_no_wrapped_ones() -> None:
    outer = EmailMessage()
    outer["From"], outer["Subject"] = "jfrost@example.com", "Lights"
    outer.set_content("\n")
    for words in ("", WORDS, "Twice.", " "):
        inner = Outlooks({0x0037: "Lights", RTF: rich(words)}, [], [])
        outer.add_attachment(
            inner.tnef(), maintype="application", subtype="ms-tnef", filename="winmail.dat"
        )
    assert read(outer.as_bytes()).text.split() == [*WORDS.split(), "Twice."]
    empty = read(Outlooks({0x0037: "Lights", RTF: rich("")}, [], []).msg())
    assert empty.text == "" and not any("(RTF)" in line for line in empty.notices)


_RICH = Outlooks({0x0037: "Lights", RTF: rich(WORDS)}, [], [])
MADE = {
    "msg": letter().msg(),
    "winmail.dat": letter().tnef(),
    "rich msg": _RICH.msg(),
    "rich winmail.dat": _RICH.tnef(),
}


@pytest.mark.parametrize("form", MADE)
@given(data=st.data())
@settings(max_examples=150)
def test_a_damaged_message_is_refused_or_read_but_never_crashes(
    form: str, data: st.DataObject
) -> None:
    whole = MADE[form]
    cut = data.draw(st.integers(8, len(whole)))
    body = bytearray(whole[:cut])
    for _ in range(data.draw(st.integers(0, 8))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        draft = read(bytes(body))
    except InputError as error:
        assert "\n" not in str(error)
        return
    assert sum(len(file.content) for file in draft.files) <= 4 * len(whole)
