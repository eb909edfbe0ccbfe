"""Writing a letter: merging, looking, freezing. A frozen letter never changes; a further letter
corrects it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from archiver.clock import now_text
from archiver.config import Home, Settings
from archiver.database import row, rows, write_transaction
from archiver.decoding import decoder
from archiver.errors import BusyError, InputError, RuleError
from archiver.register.attestations import Attestation, wording_digest
from archiver.requests.intake import Request, get_request, note
from archiver.requests.letters.attesting import attestation_of
from archiver.requests.letters.checks import lacks, missing, unprinted, warnings
from archiver.requests.letters.drafts import Case, Draft, case_of
from archiver.requests.letters.face import ADDRESS_LINES, Face, tidy
from archiver.requests.letters.facts import Produced
from archiver.requests.letters.keeping import end_draft
from archiver.requests.letters.kinds import kinds
from archiver.requests.letters.linting import lint
from archiver.requests.letters.sandbox import merge
from archiver.requests.letters.templates import Template, find_template
from archiver.requests.letters.values import values_of
from archiver.requests.letters.words import block, date_in, line

GAP = "[…]"
"""Stands in a draft where something the law wants is missing; what lacks anything is not frozen."""
TYPED = "typed."
"""Before the names of fields, in the data a letter is kept with."""


@dataclass(frozen=True, slots=True)
class Merged:
    """A letter that is not frozen: its text, what it lacks, and whether the wording is attested."""

    draft: Draft
    template: Template
    attestation: Attestation | None
    subject: str
    text: str
    face: Face
    values: Mapping[str, str]
    lacks: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def sha256(self) -> str:
        """The hash it will be frozen under."""
        return letter_digest(self.subject, self.text, self.face)


@dataclass(frozen=True, slots=True)
class Letter:
    """A frozen letter. `at` is UTC; `data` holds the values it was merged from and what was
    typed; `superseded_by` is
    the letter that corrects it, where one does."""

    id: int
    request: str
    kind: str
    language: str
    at: str
    actor: str
    subject: str
    text: str
    sha256: str
    template_sha256: str
    attestation_id: int
    face: Face
    data: Mapping[str, str]
    supersedes: int | None
    supersede_reason: str | None
    superseded_by: int | None

    @property
    def name(self) -> str:
        """What its files are called."""
        return f"{self.request}-{self.kind}-{self.id}"

    @property
    def intact(self) -> bool:
        """Whether its words are the ones that were frozen."""
        return letter_digest(self.subject, self.text, self.face) == self.sha256


def letter_digest(subject: str, text: str, face: Face) -> str:
    """SHA-256 of a letter's words, all of them, in canonical JSON."""
    return wording_digest({"subject": subject, "text": text, "face": msgspec.to_builtins(face)})


def merged(
    conn: sqlite3.Connection,
    home: Home,
    settings: Settings,
    number: str,
    draft: Draft,
    produced: Produced,
) -> Merged:
    """Merge a letter from what was typed and what the request book knows; nothing is written.

    Raises InputError where there is no such request, kind or template, or the template cannot be
    merged; RuleError where the request's dates cannot be counted.
    """
    case = case_of(conn, home, settings, number, draft, produced)
    return _merged(conn, home, case, draft)


def _merged(conn: sqlite3.Connection, home: Home, case: Case, draft: Draft) -> Merged:
    template = find_template(home.path, draft.kind, draft.language)
    faulty = [f"the template, line {each.line}: {each.text}" for each in lint(template)]
    values = values_of(case, draft)
    unfilled = [each.name for each in kinds().find(draft.kind).field if each.required]
    gaps = dict.fromkeys(missing(case, draft, values), GAP)
    gaps |= {name: GAP for name in unfilled if values.get(name) == ""}
    text = tidy(merge(template.body, {**values, **gaps}))
    found = [*faulty, *lacks(case, draft, values), *unprinted(case, draft, values, text)]
    if draft.supersedes is not None and not draft.reason.strip():
        found.append("why the earlier letter is corrected")
    return Merged(
        draft=draft,
        template=template,
        attestation=attestation_of(conn, template),
        subject=line(merge(template.subject, values)),
        text=text,
        face=_face(case, draft),
        values=values,
        lacks=tuple(found),
        warnings=tuple(warnings(case, draft)),
    )


def freeze(
    conn: sqlite3.Connection,
    home: Home,
    settings: Settings,
    number: str,
    draft: Draft,
    produced: Produced,
    *,
    actor: str,
    seen: str | None = None,
) -> Letter:
    """Freeze a letter: its words, their hash, the template they were merged with, the data used.

    `seen` is the hash of what the person looked at; the draft they kept is thrown away. Raises
    RuleError where something the law wants is missing or the template is not attested; BusyError
    where the letter would now say something else than what was seen, or the letter it corrects was
    corrected by somebody else; and whatever `merged` raises.
    """
    with write_transaction(conn):
        case = case_of(conn, home, settings, number, draft, produced)
        made = _merged(conn, home, case, draft)
        if made.lacks:
            more = f" (and {len(made.lacks) - 1} more)" if len(made.lacks) > 1 else ""
            raise RuleError(f"this letter is not ready: {made.lacks[0]}{more}")
        if made.attestation is None:
            raise RuleError(
                f"the city attorney has not attested the text of the {made.template.name} letter: "
                "until then it stays a draft (page Letters, or `archiver letters attest`)"
            )
        if seen is not None and seen != made.sha256:
            raise BusyError(
                "the request has changed since this preview: look at the letter again, then freeze"
            )
        if draft.supersedes is not None:
            _require_correctable(conn, case.request, draft.supersedes)
        cursor = conn.execute(
            "INSERT INTO main.request_letters "
            "(request_id, kind, language, at, actor, subject, text, sha256, template_sha256, "
            "attestation_id, face, data, supersedes, supersede_reason) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(case.request.id, draft.kind, draft.language, now_text(), actor),
                *(made.subject, made.text, made.sha256, made.template.digest),
                made.attestation.id,
                msgspec.json.encode(made.face).decode(),
                msgspec.json.encode(_data(made), order="sorted").decode(),
                draft.supersedes,
                block(draft.reason, 2_000) if draft.supersedes is not None else None,
            ),
        )
        made_id = int(cursor.lastrowid or 0)
        end_draft(conn, case.request, draft.kind, actor=actor)
        detail = {"letter": made_id, "kind": draft.kind, "sha256": made.sha256}
        note(conn, case.request, actor=actor, kind="letter written", detail=detail)
    return get_letter(conn, number, made_id)


def _data(made: Merged) -> dict[str, str]:
    """What the letter was merged from: the values, and beside them what was typed."""
    typed = {f"{TYPED}{name}": text for name, text in made.draft.fields.items()}
    return {**made.values, **typed}


def letters_of(conn: sqlite3.Connection, number: str) -> list[Letter]:
    """The letters of a request, oldest first."""
    request = get_request(conn, number)
    found = rows(conn, f"{_SELECT} WHERE one.request_id = ? ORDER BY one.id", request.id)
    return [_letter(each) for each in found]


def get_letter(conn: sqlite3.Connection, number: str, letter_id: int) -> Letter:
    """A letter of a request. Raises InputError where there is none of that number."""
    request = get_request(conn, number)
    found = row(conn, f"{_SELECT} WHERE one.request_id = ? AND one.id = ?", request.id, letter_id)
    if found is None:
        raise InputError(f"request {request.number} has no letter {letter_id}")
    return _letter(found)


def find_letter(conn: sqlite3.Connection, letter_id: int) -> Letter:
    """A letter by its number alone. Raises InputError where there is none."""
    found = row(conn, f"{_SELECT} WHERE one.id = ?", letter_id)
    if found is None:
        raise InputError(f"there is no letter {letter_id}: see `archiver letters list`")
    return _letter(found)


def altered_letters(conn: sqlite3.Connection) -> tuple[int, list[str]]:
    """How many letters there are, and what is wrong with any: words that do not match their hash,
    or an attestation that was given for another text."""
    attested = dict(conn.execute("SELECT id, digest FROM attestations WHERE kind = 'letter'"))
    count, wrong = 0, []
    for found in conn.execute(f"{_SELECT} ORDER BY one.id"):
        count += 1
        letter = _letter(found)
        if not letter.intact:
            wrong.append(f"letter {letter.id}: its words do not match their hash")
        if attested.get(letter.attestation_id) != letter.template_sha256:
            wrong.append(f"letter {letter.id}: its text is not the one that was attested")
    return count, wrong


_SELECT = """
    SELECT one.*, number,
        (SELECT id FROM request_letters WHERE supersedes = one.id) AS superseded_by
    FROM request_letters AS one JOIN requests ON requests.id = one.request_id
"""


_read_face = decoder(Face)


def _letter(found: sqlite3.Row) -> Letter:
    return Letter(
        id=found["id"],
        request=found["number"],
        kind=found["kind"],
        language=found["language"],
        at=found["at"],
        actor=found["actor"],
        subject=found["subject"],
        text=found["text"],
        sha256=found["sha256"],
        template_sha256=found["template_sha256"],
        attestation_id=found["attestation_id"],
        face=_read_face(found["face"]),
        data=msgspec.json.decode(found["data"], type=dict[str, str]),
        supersedes=found["supersedes"],
        supersede_reason=found["supersede_reason"],
        superseded_by=found["superseded_by"],
    )


def _require_correctable(conn: sqlite3.Connection, request: Request, letter_id: int) -> None:
    earlier = get_letter(conn, request.number, letter_id)
    if earlier.superseded_by is not None:
        raise BusyError(
            f"letter {letter_id} was corrected already by letter {earlier.superseded_by}: "
            "correct that one"
        )


def _face(case: Case, draft: Draft) -> Face:
    request = case.request
    typed = block(draft.address) or "\n".join(filter(None, (request.requester, request.contact)))
    return Face(
        agency=line(case.settings.agency),
        letterhead=[line(each, 120) for each in case.settings.letterhead.lines],
        date=date_in(case.today, draft.language),
        address=_lines(typed),
        reference=request.number,
        signer_name=line(draft.signer_name, 120),
        signer_title=line(draft.signer_title, 120),
        language=draft.language,
    )


def _lines(text: str) -> list[str]:
    found = [line(each, 120) for each in text.split("\n")]
    return [each for each in found if each][:ADDRESS_LINES]
