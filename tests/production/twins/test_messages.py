"""Every released private message is an e-mail any program opens, and holds no more."""

from __future__ import annotations

import re
from email import message_from_bytes, policy

import pytest

from archiver.production.cells import printable
from archiver.requests.redacting.passages import Covered, Passage

BAR = Covered(1, ("Gov. Code § 7927.410",))


def read(made, number=None):
    paths = sorted((made.folder / "messages").iterdir())
    found = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]
    assert not any(message.defects for message in found)
    return found if number is None else found[number]


def body(message):
    text = message.get_body(("plain",)) if message.is_multipart() else message
    return text.get_content().replace("\r\n", "\n").removesuffix("\n")


def test_there_is_a_file_for_each_message_named_by_its_page(made) -> None:
    messages = [record for record in made.packet.order if record.kind == "message"]
    assert len(read(made)) == len(messages) == 3
    named = [line["message_file"] for line in made.lines if line["message_file"]]
    assert {path.name for path in (made.folder / "messages").iterdir()} == {
        name.removeprefix("messages/") for name in named
    }
    assert all(re.fullmatch(r"messages/AG-\d{6}(\.\d+)?\.eml", name) for name in named)
    bodies = [record.text.words for record in messages]
    assert sorted(map(body, read(made))) == sorted(bodies)


def test_what_is_covered_is_told_in_name_and_text(made) -> None:
    [message] = [one for one in read(made) if one.is_multipart()]
    [sender] = message["From"].addresses
    assert sender.display_name == "[Redacted: Gov. Code § 7927.410]"
    assert sender.addr_spec == "redacted@x.invalid"
    assert "[Redacted: Gov. Code § 7927.705; Evid. Code § 1040]" in body(message)


def test_its_files_are_the_produced_ones(made) -> None:
    [message] = [one for one in read(made) if one.is_multipart()]
    [file] = message.iter_attachments()
    data = (made.folder / "media" / file.get_filename()).read_bytes()
    assert file.get_content() == data
    assert file.get_content_type() == "image/jpeg"


def test_no_name_brings_in_a_header(made) -> None:
    for message in read(made):
        assert message["Bcc"] is None
    [message] = [one for one in read(made) if one.is_multipart()]
    [person] = message["To"].addresses
    assert person.display_name == "Alder Glen Bcc: everyone@example.org"
    assert person.addr_spec.endswith("@x.invalid")


NAMES = (
    "",
    "a\r\nBcc: x@example.org",
    'quote " and \\ slash <x@example.org>, second',
    "\u202eolleh\u202c 水费 ਪੰਜਾਬੀ 👩‍👩‍👧‍👦 " * 12,
    "\ud83d\x00\x1b[31m",
    "=?utf-8?q?Bcc?=",
    "x" * 2000,
    "(comment) group: a;",
    "\u2028\x85\x0b\x0c",
)


@pytest.fixture(scope="module")
def odd(people, twins):
    """Messages whose people are called by every odd name."""
    return twins(
        *(
            people.resident(
                f"{place}",
                f"{name}\n.\nFrom me\r--=_AG",
                1,
                kind="message",
                form=name,
                author_name=name,
                author_handle=name,
                recipients=(name, Passage((name or "x", BAR)), "clerk@example.org"),
                language="x-\r\ny",
                url=None,
            )
            for place, name in enumerate(NAMES, 1)
        )
    )


def test_odd_names_stay_names(odd) -> None:
    found = read(odd)
    assert len(found) == len(NAMES)
    for message in found:
        assert set(message.keys()) <= {
            *("MIME-Version", "Content-Type", "Content-Transfer-Encoding", "From", "To", "Date"),
            *("Subject", "Message-ID", "X-Record", "X-Pages"),
        }
        assert len(message["From"].addresses) == 1
        assert len(message["To"].addresses) == 3
        last = message["To"].addresses[2]
        assert last.addr_spec == "clerk@example.org"
    wanted = [re.sub(r"\r\n?", "\n", printable(record.text.words)) for record in odd.packet.order]
    assert sorted(map(body, found)) == sorted(wanted)


def test_every_line_ends_and_is_short_as_the_standard_asks(odd) -> None:
    for path in (odd.folder / "messages").iterdir():
        data = path.read_bytes()
        assert b"\n" not in data.replace(b"\r\n", b"")
        assert max(map(len, data.split(b"\r\n"))) <= 998
        data.decode("ascii")
