"""What is read out of a file that was handed in, however it was made."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage

import pytest

from archiver.errors import InputError
from archiver.items import Access, Author, AuthorRole, ContentState
from archiver.requests.custodians.reading import DEEPEST, Handed, Part, read_file
from tests.requests.custodians.conftest import mail, picture

ANA = Author(None, "ana.reyes@example.org", "Ana Reyes", AuthorRole.AGENCY)


def read(content: bytes, name: str) -> list[Part]:
    return read_file(Handed(7, content, name, ANA))


def test_an_email_is_a_message_of_its_own_author_and_time() -> None:
    [part] = read(mail(), "lights.eml")
    item = part.item
    assert (item.author.display_name, item.author.handle) == ("J. Frost", "jfrost@example.com")
    assert item.created_at == "2026-11-16T16:30:00Z"
    assert item.text.startswith("Lights at the skate park\n\nThe lights are out again.")
    assert [each.handle for each in item.recipients] == ["ana.reyes@example.org"]
    assert (item.platform, item.form, item.access) == ("forwarded", "e-mail", Access.PRIVATE)
    assert part.message_id == "<one@example.com>"


def test_pictures_are_media_and_texts_and_mails_records_beneath_the_message() -> None:
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "Bo <bo@example.com>", "Before"
    inner.set_content("The first message")
    outer = EmailMessage()
    outer["From"], outer["Subject"] = "J. Frost <jfrost@example.com>", "After"
    outer.set_content("See below")
    outer.add_attachment(picture(), maintype="image", subtype="png", filename="lights.png")
    outer.add_attachment(b"pole,state\n1,out\n", maintype="text", subtype="csv", filename="a.csv")
    outer.add_attachment(inner)
    found = read(outer.as_bytes(), "after.eml")
    assert [part.item.form for part in found] == ["e-mail", "text", "e-mail"]
    top, text, enclosed = (part.item for part in found)
    assert [ref.name for ref in top.media] == ["lights.png"]
    assert text.text == "pole,state\n1,out"
    assert enclosed.author.display_name == "Bo"
    assert {text.parent_id, enclosed.parent_id} == {top.native_id}
    assert {item.root_id for item in (top, text, enclosed)} == {top.native_id}


def test_the_ids_of_records_tell_nothing_of_what_is_in_them() -> None:
    ids = [[p.item.native_id for p in read(mail(text=t), "a.eml")] for t in ("one", "other")]
    assert ids == [["file-7"], ["file-7"]]


@pytest.mark.parametrize(
    ("content", "name", "form", "text"),
    [
        (b"plain words", "a.txt", "text", "plain words"),
        ("año".encode("utf-16"), "a.txt", "text", "año"),
        ("señal a las 5, más tarde".encode("cp1252"), "a.txt", "text", "señal a las 5, más tarde"),
        ("Здравствуйте".encode("cp1251"), "a.txt", "document", ""),
        (b"<script>alert(1)</script>", "a.html", "saved page", ""),
        (b"%PDF-1.7 anything", "a.pdf", "document", ""),
        (b"\x00\x01\x02", "a.eml", "document", ""),
    ],
)
def test_other_files_are_one_record_and_say_not_who_wrote_them(
    content: bytes, name: str, form: str, text: str
) -> None:
    [part] = read(content, name)
    assert (part.item.form, part.item.text) == (form, text)
    assert (part.item.author, part.item.recipients) == (Author(), ())
    assert part.item.created_at is None
    assert list(part.media.values()) == ([] if text else [content])


def test_a_picture_is_a_record_with_that_picture() -> None:
    [part] = read(picture(), "lights.png")
    assert part.item.form == "picture"
    assert [ref.media_type for ref in part.item.media] == ["image/png"]


def test_scripts_in_an_html_mail_are_no_words_of_it() -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "a@example.com", "Hi"
    message.set_content("<p>Read this<script>alert('x')</script></p>", subtype="html")
    [part] = read(message.as_bytes(), "a.eml")
    assert "Read this" in part.item.text
    assert "alert" not in part.item.text


def test_mails_nested_beyond_reason_stay_files_of_the_last_one_read() -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "a@example.com", "level 0"
    message.set_content("the innermost")
    for level in range(1, 12):
        outer = EmailMessage()
        outer["From"], outer["Subject"] = "a@example.com", f"level {level}"
        outer.set_content(f"level {level}")
        outer.add_attachment(message)
        message = outer
    found = read(message.as_bytes(), "deep.eml")
    assert sum(part.item.form == "e-mail" for part in found) <= DEEPEST
    assert len(found) <= DEEPEST + 1
    assert b"the innermost" in b"".join(c for p in found for c in p.media.values()) or any(
        "the innermost" in part.item.text for part in found
    )


def test_a_packed_bomb_is_never_unpacked() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("zeros", bytes(50_000_000))
    content = mail(enclosed=((packed.getvalue(), "application/zip", "bomb.zip"),))
    [part] = read(content, "a.eml")
    assert [len(each) for each in part.media.values()] == [len(packed.getvalue())]
    assert any("bomb.zip" in told and "no copy" in told for told in part.notices)


def test_a_text_longer_than_a_record_is_cut_and_says_so() -> None:
    [part] = read(b"word " * 400_000, "long.txt")
    assert part.item.content_state is ContentState.TRUNCATED
    assert any("cut" in told for told in part.notices)


def test_an_email_in_letters_it_does_not_name_is_read_and_told() -> None:
    raw = mail(text="MARK").replace(b"MARK", b"ma\xf1ana").replace(b"utf-8", b"no-such-charset")
    [part] = read(raw, "a.eml")
    assert "mañana" in part.item.text


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(InputError, match="is empty"):
        read(b"", "a.eml")


def test_a_saved_page_is_its_words_and_keeps_itself() -> None:
    page = (
        b"<!DOCTYPE html><html><head><script src=http://evil.example/x.js></script></head>"
        b"<body onload=alert(1)><p>Fix the swings</p><iframe src=file:///etc/passwd></html>"
    )
    [part] = read(page, "post.html")
    assert (part.item.form, part.item.text) == ("saved page", "Fix the swings")
    assert [ref.media_type for ref in part.item.media] == ["text/html"]
    assert list(part.media.values()) == [page]
    assert any("compare them with the file" in told for told in part.notices)


def test_a_picture_of_a_telephone_is_kept_and_said_to_be_no_copy() -> None:
    [part] = read(b"\x00\x00\x00\x18ftypheic" + b"\x00" * 40, "IMG_1.HEIC")
    assert part.item.form == "picture"
    assert [ref.media_type for ref in part.item.media] == ["image/heic"]
    assert any("no copy of it can be produced" in told for told in part.notices)


def test_what_outlook_wraps_is_kept_and_asked_for_anew() -> None:
    wrapped = b"\x78\x9f\x3e\x22" + b"rest" * 20
    [part] = read(mail(enclosed=((wrapped, "application/ms-tnef", "winmail.dat"),)), "a.eml")
    assert list(part.media.values()) == [wrapped]
    assert any("ask the sender for them as plain files" in told for told in part.notices)


def test_the_numbers_of_records_go_on_from_those_of_the_same_file() -> None:
    handed = Handed(7, mail(), "a.eml", ANA)
    assert [part.item.native_id for part in read_file(handed, made=3)] == ["file-7-4"]
