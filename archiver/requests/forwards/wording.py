"""The words an official states in, and those the city answers with.

They are samples until the city attorney attests them, each under the digest of its exact wording
(`texts`): a statement carries the digest of the wording it was made in, and no acknowledgement goes
out by itself in words nobody attested.

An official who keeps something back as personal gives facts from which it can be seen that it is no
record of the public's business, under penalty of perjury (*City of San José v. Superior Court*
(2017) 2 Cal.5th 608; Code of Civil Procedure § 2015.5). Otherwise a plain statement is asked, and
nothing else about the account.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from archiver.register.attestations import Attestation, attested, wording_digest
from archiver.requests.letters.words import listed

ATTESTATION_KIND = "wording"
SAN_JOSE = "City of San José v. Superior Court (2017) 2 Cal.5th 608"
_SHOWN_HASH = 16

STATEMENT = MappingProxyType(
    {
        "head": "Statement of {who}, about what they forward to {agency}.",
        "files": "I forward these, each exactly as I hold it:",
        "source": "They come from: {source}.",
        "received": "I received them: {received}.",
        "sender": "They were written by: {sender}.",
        "searched": "I searched:",
        "not searched": "I was not asked to search, and forward what I received.",
        "kept back": "I keep back, as personal:",
        "facts": "These are no records of the public’s business, because:",
        "remark": "I add:",
        "written down": "The city wrote this down as {name} told it ({how}).",
        "stated": "I state that this is true. {name}, {day}.",
        "declared": (
            "I declare under penalty of perjury under the laws of the State of California that "
            "this is true. {name}, {day}."
        ),
    }
)
"""The official's statement, in the order in which it reads."""

ACKNOWLEDGEMENT = MappingProxyType(
    {
        "dear": "Dear {name}:",
        "received": (
            "Thank you. {agency} received what you forwarded on {day} and keeps it, under number "
            "F-{number}, as it keeps its other records:"
        ),
        "channel": (
            "Please do not answer the matter itself from your own account. Answer whoever wrote to "
            "you that you passed it on, and where to write to the city:"
        ),
        "reply": (
            "Thank you for writing. I have passed your message on to the city, which keeps it as a "
            "public record. For an answer, please write to {channel}."
        ),
        "keep": (
            "Delete neither the message nor anything else about the city’s business on your own "
            "accounts before you have asked the city manager and the city attorney: {where}."
        ),
        "wanting": (
            "Something is still needed: which account it came to, when you received it, where else "
            "you looked, and what you keep back as personal and on what facts ({case}). {where}."
        ),
        "unsigned": "These do not say who wrote them: {files}. {where}.",
    }
)
"""The acknowledgement, in the order in which it reads."""


@dataclass(frozen=True, slots=True)
class Text:
    """A wording the attorney attests: its name, what it is for, its digest, all of it in order."""

    name: str
    title: str
    words: Mapping[str, str]

    @property
    def digest(self) -> str:
        """SHA-256 of the wording: what an attestation binds to."""
        return wording_digest(dict(self.words))

    @property
    def shown(self) -> str:
        """The wording, paragraph by paragraph, with what is filled in in braces."""
        return "\n\n".join(self.words.values())


def texts() -> tuple[Text, ...]:
    """Every wording of this room."""
    return (
        Text("forward-statement", "Statement of an official who forwards", STATEMENT),
        Text("forward-acknowledgement", "Acknowledgement to an official", ACKNOWLEDGEMENT),
    )


def attestation_of(conn: sqlite3.Connection, text: Text) -> Attestation | None:
    """The attestation in force for a wording as it reads now, or None."""
    return attested(conn, ATTESTATION_KIND, text.name, text.digest)


@dataclass(frozen=True, slots=True)
class Stated:
    """What an official states, as plain values; `received` and `day` as people write them, `files`
    as name and SHA-256; `how` is set where somebody else wrote it down."""

    agency: str
    who: str
    name: str
    day: str
    source: str
    received: str
    files: Sequence[tuple[str, str]]
    sender: str = ""
    searched: str = ""
    kept_back: str = ""
    facts: str = ""
    remark: str = ""
    how: str = ""


def statement_text(said: Stated) -> str:
    """The statement, paragraph by paragraph. The same values give the same words."""
    return "\n\n".join(_stated(said)) + "\n"


def _stated(said: Stated) -> Iterator[str]:
    words = STATEMENT
    yield words["head"].format(who=said.who, agency=said.agency)
    lines = [f"{name} (SHA-256 {digest[:_SHOWN_HASH]}…)" for name, digest in said.files]
    yield f"{words['files']}\n{listed(lines)}"
    yield words["source"].format(source=said.source)
    yield words["received"].format(received=said.received)
    if said.sender:
        yield words["sender"].format(sender=said.sender)
    if said.searched:
        yield f"{words['searched']}\n{listed(said.searched.splitlines())}"
    else:
        yield words["not searched"]
    if said.kept_back:
        yield f"{words['kept back']}\n{listed(said.kept_back.splitlines())}"
        yield f"{words['facts']}\n{_quoted(said.facts)}"
    if said.remark:
        yield f"{words['remark']}\n{_quoted(said.remark)}"
    if said.how:
        yield words["written down"].format(name=said.name, how=said.how)
    yield words["declared" if said.kept_back else "stated"].format(name=said.name, day=said.day)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What an acknowledgement says; `wanting` where the official has stated nothing yet, `unsigned`
    the files of which nobody has said who wrote them, `desk` where they sign in themselves."""

    agency: str
    name: str
    day: str
    number: int
    files: Sequence[str]
    channel: str
    wanting: bool
    unsigned: Sequence[str]
    desk: bool


def acknowledgement_text(said: Acknowledged) -> str:
    """The acknowledgement, with a sentence to pass on to whoever wrote."""
    return "\n\n".join(_acknowledged(said))


def reply_text(agency: str, channel: str) -> str:
    """What an official may answer whoever wrote to them."""
    return ACKNOWLEDGEMENT["reply"].format(channel=channel_of(agency, channel))


def channel_of(agency: str, channel: str) -> str:
    """Where a resident writes instead: what archive.toml says, or the clerk."""
    return channel or f"the city clerk, {agency}"


def _acknowledged(said: Acknowledged) -> Iterator[str]:
    words = ACKNOWLEDGEMENT
    yield words["dear"].format(name=said.name)
    received = words["received"].format(agency=said.agency, day=said.day, number=said.number)
    yield f"{received}\n{listed(said.files)}"
    yield f"{words['channel']}\n{_quoted(reply_text(said.agency, said.channel))}"
    where = (
        "at the desk under “Before deleting”" if said.desk else "the city clerk asks them for you"
    )
    yield words["keep"].format(where=where)
    told = (
        "Say it at the desk under “Forwarded”"
        if said.desk
        else "Answer this message, and the city clerk writes it down"
    )
    if said.wanting:
        yield words["wanting"].format(case=SAN_JOSE, where=told)
    if said.unsigned:
        yield words["unsigned"].format(files=", ".join(said.unsigned), where=told)


def _quoted(text: str) -> str:
    return "\n".join(f"> {each}" for each in text.splitlines())
