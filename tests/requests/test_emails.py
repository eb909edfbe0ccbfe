"""An e-mail file becomes a draft, whatever a sender's program or a sender's malice made of it."""

from __future__ import annotations

import base64
import hashlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.errors import ArchiverError, InputError
from archiver.requests.receiving.emails import EmailDraft, read_email
from archiver.requests.receiving.html_words import words_of_html
from archiver.requests.receiving.mapi import MOST_PARTS

HEAD = (
    b"Received: from mx.example.org by mail.alderglen.example;\r\n"
    b"\tMon, 16 Nov 2026 09:12:30 -0800\r\n"
    b"Received: from laptop by mx.example.org; Mon, 16 Nov 2026 09:10:00 -0800\r\n"
    b"From: =?utf-8?q?Xiomara_Bela=C3=BAnde?= <x.belaunde@example.org>\r\n"
    b"Date: Sun, 15 Nov 2026 22:00:00 -0800\r\n"
    b"Subject: =?utf-8?b?UGFycXVlIPCfm7k=?=\r\n"
)
MIXED = HEAD + b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="B"\r\n\r\n'
WORDS = "All posts about the skate park, please.\nX. Belaúnde"


def part(kind: str, content: bytes, *more: str) -> bytes:
    lines = [f"Content-Type: {kind}", *more, ""]
    return b"--B\r\n" + "\r\n".join(lines).encode() + b"\r\n" + content + b"\r\n"


def plain(text: str = WORDS, charset: str = "utf-8") -> bytes:
    return part(f"text/plain; charset={charset}", text.encode(charset))


def enclosed(name: str, content: bytes, kind: str = "application/pdf") -> bytes:
    return part(
        kind,
        base64.encodebytes(content),
        f'Content-Disposition: attachment; filename="{name}"',
        "Content-Transfer-Encoding: base64",
    )


WHOLE = MIXED + plain() + enclosed("map.pdf", b"%PDF-1.4 map") + b"--B--\r\n"


def told(draft: EmailDraft) -> str:
    return " ".join(draft.notices)


def test_the_draft_says_who_asked_what_and_when_it_came() -> None:
    draft = read_email(WHOLE)
    assert (draft.sender, draft.address) == ("Xiomara Belaúnde", "x.belaunde@example.org")
    assert (draft.subject, draft.text) == ("Parque 🛹", WORDS)
    assert draft.sha256 == hashlib.sha256(WHOLE).hexdigest()
    assert [(file.name, file.content) for file in draft.files] == [("map.pdf", b"%PDF-1.4 map")]


def test_the_topmost_received_line_comes_before_what_the_sender_says() -> None:
    draft = read_email(WHOLE)
    assert [each.at for each in draft.moments] == ["2026-11-16T17:12:30Z", "2026-11-16T06:00:00Z"]
    assert draft.received == "2026-11-16T17:12:30Z"
    assert [each.told for each in draft.moments][1] == "the sender’s own date"


def test_a_time_that_lies_ahead_is_left_out_and_told() -> None:
    draft = read_email(
        b"From: a@example.org\r\nDate: Mon, 16 Nov 2099 09:00:00 +0000\r\n\r\nHi\r\n"
    )
    assert draft.received is None
    assert "lies ahead" in told(draft)
    assert "enter when it reached the city" in told(draft)


@pytest.mark.parametrize(
    ("charset", "named"),
    [
        ("utf-8", "us-ascii"),
        ("utf-8", "nonsense"),
        ("windows-1252", "iso-8859-1"),
        ("big5", "big5"),
    ],
)
def test_letters_are_read_where_the_charset_is_named_wrong(charset: str, named: str) -> None:
    text = "請提供公園的紀錄" if charset == "big5" else "El parque está cerrado – señora"
    content = HEAD + f"Content-Type: text/plain; charset={named}\r\n\r\n".encode()
    assert read_email(content + text.encode(charset)).text == text


def test_bytes_of_no_charset_stay_text_and_are_told() -> None:
    draft = read_email(HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\nCaf\xe9 \x00 \x81")
    assert draft.text.startswith("Café")
    assert "\x00" not in draft.text
    assert "not what it says" in told(draft)


def test_quoted_printable_left_in_the_text_is_mended() -> None:
    content = HEAD + b"Content-Type: text/plain\r\n\r\nEl parque est=C3=A1 =E2=80=93 cer=\r\nrado"
    draft = read_email(content)
    assert draft.text == "El parque está – cerrado"
    assert "read as what they stand for" in told(draft)


def test_html_is_read_only_where_there_is_no_text() -> None:
    html = "<html><style>p{}</style><p>Please send <b>all</b><br>posts &amp; replies</p></html>"
    both = MIXED + plain() + part("text/html; charset=utf-8", html.encode()) + b"--B--"
    assert read_email(both).text == WORDS
    alone = read_email(HEAD + b"Content-Type: text/html\r\n\r\n" + html.encode())
    assert alone.text == "Please send all\nposts & replies"
    assert "taken out of HTML" in told(alone)


def test_an_e_mail_passed_on_is_kept_and_told() -> None:
    inner = b"From: resident@example.org\r\nSubject: Records\r\n\r\nPlease send the records."
    draft = read_email(MIXED + plain("FYI") + part("message/rfc822", inner) + b"--B--")
    assert draft.files[0].name == "forwarded.eml"
    assert b"resident@example.org" in draft.files[0].content
    assert "passes on another e-mail" in told(draft)
    written = read_email(HEAD + b"\r\n-----Original Message-----\r\nFrom: resident\r\n")
    assert "passes on another e-mail" in told(written)


def test_an_mbox_of_one_is_read_and_one_of_several_is_refused() -> None:
    line = b"From resident@example.org Mon Nov 16 09:12:00 2026\r\n"
    assert read_email(line + WHOLE).text == WORDS
    with pytest.raises(InputError, match="several e-mails"):
        read_email(line + WHOLE + b"\r\n" + line + WHOLE)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b" \r\n", "empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 100, "Outlook"),
        (b"\x89PNG\r\n\x1a\n", "no e-mail"),
        (b"just words", "no e-mail"),
        (b"x" * (50 * 1024 * 1024 + 1), "larger than 50 MB"),
    ],
)
def test_what_is_no_e_mail_is_refused_in_one_line(content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_email(content)


def test_names_of_enclosed_files_cannot_lead_anywhere() -> None:
    bad = enclosed("../../etc/pass\u202egpj.exe", b"MZ").decode().encode("utf-8")
    draft = read_email(MIXED + plain() + bad + b"--B--")
    name = draft.files[0].name
    assert "/" not in name
    assert "\u202e" not in name


def test_hostile_parts_end_soon_with_a_clear_report() -> None:
    begun = time.process_time()
    many = read_email(MIXED + plain("hello") * 10_000 + b"--B--")
    assert f"first {MOST_PARTS} parts" in told(many)
    deep = HEAD + b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n)
        for n in range(2_000)
    )
    assert "not taken apart" in told(read_email(deep))
    long = b"From: " + b"(" * 500_000 + b"\r\nSubject: " + b"=?utf-8?q?" * 50_000
    assert len(read_email(long + b"\r\n\r\nhi").subject) <= 4_000
    assert read_email(HEAD + b"Content-Type: multipart/mixed\r\n\r\nno boundary").sender
    assert time.process_time() - begun < 20


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_damage_gives_a_draft_or_one_line(data: st.DataObject) -> None:
    content = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(0, 6))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] ^= 1 << data.draw(st.integers(0, 7))
    cut = data.draw(st.integers(0, len(content)))
    try:
        draft = read_email(bytes(content[:cut]))
    except ArchiverError as refused:
        assert "\n" not in str(refused)
    else:
        draft.text.encode("utf-8")
        assert "\0" not in draft.text + draft.sender + draft.subject


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_behind_a_head_are_read(content: bytes) -> None:
    draft = read_email(b"From: a@example.org\r\n" + content)
    draft.text.encode("utf-8")


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="<>/!-\"'= &;abscriptyleheadp\n", max_size=200))
def test_any_html_gives_words_without_script(html: str) -> None:
    words = words_of_html(f"<script>RUN_ME(1)</script>{html}")
    assert "RUN_ME" not in words


def test_words_of_html_take_time_in_proportion() -> None:
    begun = time.process_time()
    for piece in ("<!--", "<a ", '<a b="', "</", "<![", "<script>", "<object></head>", "<"):
        words_of_html(piece * 50_000)
    assert time.process_time() - begun < 10


def test_a_header_of_an_enclosed_e_mail_that_cannot_be_folded_is_kept_as_it_came() -> None:
    endless = b"Content-Type: multipart/mixed; bo" + b"\xff" * 150 + b'undary="===\xff==="'
    inner = b"From: a@example.org\nSubject: Lights\n" + endless + b"\n\nThey are out.\n"
    outer = (
        b"From: b@example.org\nSubject: Fwd\nContent-Type: multipart/mixed; boundary=B\n\n--B\n"
        b"Content-Type: message/rfc822\n\n" + inner + b"\n--B--\n"
    )
    [file] = read_email(outer).files
    assert endless in file.content
