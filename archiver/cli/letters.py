"""archiver letters: the texts, writing a letter, sending it, and what went out."""

from __future__ import annotations

from pathlib import Path

import click

from archiver import clock
from archiver.cli.context import State, actor
from archiver.cli.naming import day_of, moment_of
from archiver.cli.output import json_option, print_json, print_table, say
from archiver.errors import InputError, RuleError, UsageError
from archiver.production.telling import produced_of
from archiver.requests.letters.attesting import attest_template, attestation_of
from archiver.requests.letters.drafts import Draft, case_of, proposed
from archiver.requests.letters.kinds import kinds
from archiver.requests.letters.linting import lint
from archiver.requests.letters.mailing import address_in, outgoing, plain_text
from archiver.requests.letters.paper import draft_pdf, letter_pdf
from archiver.requests.letters.sending import (
    BY_HAND,
    last_sending,
    mark_sent,
    send_now,
    sendings_of,
)
from archiver.requests.letters.templates import Template, all_templates, read_template
from archiver.requests.letters.writing import (
    Letter,
    Merged,
    find_letter,
    freeze,
    letters_of,
    merged,
)


@click.group()
def letters() -> None:
    """Letters of records requests: texts, writing, sending."""


@letters.command("list")
@click.argument("number", required=False)
@json_option
@click.pass_obj
def list_(state: State, number: str | None, as_json: bool) -> None:
    """List the letters of request NUMBER; without it, the texts and who attested them."""
    if number is None:
        _list_texts(state, as_json)
        return
    with state.office() as office:
        found = [(each, last_sending(office, each.id)) for each in letters_of(office, number)]
    if as_json:
        print_json([{"letter": letter, "last_step": last} for letter, last in found])
        return
    zone = state.found_home.settings().time_zone
    print_table(
        ["letter", "kind", "language", "written", "by", "state"],
        [
            (
                letter.id,
                letter.kind,
                letter.language,
                clock.local_day(letter.at, zone),
                letter.actor,
                f"corrected by {letter.superseded_by}"
                if letter.superseded_by
                else f"{last.step} ({last.how})"
                if last
                else "not sent",
            )
            for letter, last in found
        ],
    )


@letters.command()
@click.argument("number")
@click.argument("kind")
@click.option("--set", "given", multiple=True, metavar="NAME=TEXT", help="A field of the letter.")
@click.option("--cost", "costs", multiple=True, metavar="WHAT:HOW-MANY:PRICE")
@click.option("--language", default="en", show_default=True)
@click.option("--free", default="", help="A paragraph of your own.")
@click.option("--to", "address", default="", help="The addressee's lines; the requester's if none.")
@click.option("--signer", required=True, metavar="'NAME, TITLE'")
@click.option("--corrects", type=int, default=None, metavar="LETTER")
@click.option("--reason", default="", help="Why the earlier letter is corrected.")
@click.option("--draft", "draft_file", type=click.Path(path_type=Path), default=None)
@json_option
@click.pass_obj
def write(
    state: State,
    number: str,
    kind: str,
    given: tuple[str, ...],
    costs: tuple[str, ...],
    language: str,
    free: str,
    address: str,
    signer: str,
    corrects: int | None,
    reason: str,
    draft_file: Path | None,
    as_json: bool,
) -> None:
    """Write a letter of KIND for request NUMBER and freeze it.

    With --draft FILE nothing is frozen: a PDF marked as a draft is made, and what is missing named.
    """
    home, settings = state.found_home, state.found_home.settings()
    name, _, title = signer.partition(",")
    with state.office() as office:
        produced = produced_of(office, home, number)
        blank = Draft(kind, language=language, supersedes=corrects)
        known = proposed(case_of(office, home, settings, number, blank, produced), kind)
        fields = {**known, **_fields(kind, given)}
        if costs:
            fields["costs"] = "\n".join(costs)
        draft = Draft(
            kind=kind,
            language=language,
            fields=fields,
            free=free,
            signer_name=name.strip(),
            signer_title=title.strip(),
            address=address,
            supersedes=corrects,
            reason=reason,
        )
        if draft_file is not None:
            made = merged(office, home, settings, number, draft, produced)
            draft_file.write_bytes(draft_pdf(made, clock.now_text()))
            _say_draft(made, draft_file, as_json)
            return
        letter = freeze(office, home, settings, number, draft, produced, actor=actor())
    if as_json:
        print_json(letter)
        return
    say(f"Letter {letter.id} ({letter.kind}) of request {letter.request} is frozen.")
    say(f"  sha256  {letter.sha256}")
    say(f"Send it with `archiver letters send {letter.id}`, or mark it as sent when it went out.")


@letters.command()
@click.argument("letter_id", type=int, metavar="LETTER")
@click.option("--pdf", type=click.Path(path_type=Path), default=None, help="Write the PDF there.")
@click.option("--eml", type=click.Path(path_type=Path), default=None, help="Write a message there.")
@json_option
@click.pass_obj
def show(state: State, letter_id: int, pdf: Path | None, eml: Path | None, as_json: bool) -> None:
    """Show LETTER: its words, its hash, how it went out; write it as PDF or message."""
    settings = state.found_home.settings()
    with state.office() as office:
        letter = find_letter(office, letter_id)
        steps = sendings_of(office, letter.id)
    if pdf is not None:
        pdf.write_bytes(letter_pdf(letter))
    if eml is not None:
        eml.write_bytes(outgoing(letter, settings.mail, _address(letter, "")).content)
    if as_json:
        print_json({"letter": letter, "intact": letter.intact, "steps": steps})
        return
    say(plain_text(letter.face, letter.subject, letter.text))
    say(f"sha256 {letter.sha256}{'' if letter.intact else ' DOES NOT MATCH THE WORDS'}")
    for step in steps:
        told = f"{step.step} by {step.how}" + (f": {step.note}" if step.note else "")
        say(f"{clock.shown(step.sent_at or step.at, settings.time_zone)}  {told}  {step.actor}")


@letters.command()
@click.argument("letter_id", type=int, metavar="LETTER")
@click.option("--to", "address", default="", help="An e-mail address; the letter's if not given.")
@click.option("--again", is_flag=True, help="It went before, or may have; send it all the same.")
@json_option
@click.pass_obj
def send(state: State, letter_id: int, address: str, again: bool, as_json: bool) -> None:
    """Send LETTER by the mail server of archive.toml, [mail]."""
    settings = state.found_home.settings()
    with state.office() as office:
        letter = find_letter(office, letter_id)
        to = _address(letter, address)
        sent = send_now(office, settings, letter, actor=actor(), address=to, again=again)
    if as_json:
        print_json(sent)
    else:
        say(f"Letter {letter.id} was sent to {sent.address}.")


@letters.command("mark-sent")
@click.argument("letter_id", type=int, metavar="LETTER")
@click.option("--by", "how", type=click.Choice(BY_HAND), required=True)
@click.option("--at", "moment", default=None, help="When, as YYYY-MM-DDTHH:MM; now if not given.")
@click.option("--note", default="")
@json_option
@click.pass_obj
def mark_sent_(
    state: State, letter_id: int, how: str, moment: str | None, note: str, as_json: bool
) -> None:
    """Write down that LETTER went out by mail, at the counter, or by another system."""
    settings = state.found_home.settings()
    at = moment_of(moment, settings.time_zone) if moment else clock.now_text()
    with state.office() as office:
        letter = find_letter(office, letter_id)
        step = mark_sent(office, settings, letter, actor=actor(), how=how, at=at, note_text=note)
    if as_json:
        print_json(step)
    else:
        say(f"Letter {letter.id}: sent by {how}, {clock.shown(at, settings.time_zone)}.")


@letters.command()
@click.argument("names", nargs=-1, metavar="[KIND[/LANGUAGE]]...")
@click.option("--all", "every", is_flag=True, help="Every text there is.")
@click.option("--attorney", required=True, help="The city attorney's name and title.")
@click.option("--on", "day", default=None, help="YYYY-MM-DD; today if not given.")
@click.option("--note", default=None)
@json_option
@click.pass_obj
def attest(
    state: State,
    names: tuple[str, ...],
    every: bool,
    attorney: str,
    day: str | None,
    note: str | None,
    as_json: bool,
) -> None:
    """Record that the city attorney has read these texts; before that no letter goes out."""
    if bool(names) == every:
        raise UsageError("name the texts, such as denial or denial/es, or give --all")
    home = state.found_home
    zone = home.settings().time_zone
    on = day_of(day) if day else clock.local_day(clock.now_text(), zone)
    chosen = (
        [(each.kind, each.language) for each in all_templates(home.path)]
        if every
        else [(name.partition("/")[0], name.partition("/")[2] or "en") for name in names]
    )
    with state.office() as office:
        made = [
            attest_template(
                office, kind, language, actor=actor(), attorney=attorney, on=on, note=note
            )
            for kind, language in chosen
        ]
    if as_json:
        print_json(made)
    else:
        say(f"{len(made)} {'text' if len(made) == 1 else 'texts'} attested by {attorney} on {on}.")


@letters.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--kind", default=None, help="The kind of letter; the file's name if not given.")
@click.option("--language", default=None, help="The language; the folder's name if not given.")
@json_option
def check(file: Path, kind: str | None, language: str | None, as_json: bool) -> int:
    """Check FILE as the text of a letter: every fault with its line; exit code 8 for any."""
    folder = file.resolve().parent.name
    spoken = language or (folder if len(folder) <= 3 else "en")
    template = Template(kind or file.stem, spoken, read_template(file), own=True)
    found = lint(template)
    if as_json:
        print_json({"file": file, "kind": template.kind, "faults": found})
    else:
        for fault in found:
            say(f"{file}:{fault.line}: {fault.text}")
        say(f"{file}: {'no fault' if not found else f'{len(found)} to mend'}.")
    return RuleError.exit_code if found else 0


def _list_texts(state: State, as_json: bool) -> None:
    with state.office() as office:
        texts = all_templates(state.found_home.path)
        found = [(each, attestation_of(office, each)) for each in texts]
    if as_json:
        print_json([{"text": one, "digest": one.digest, "attested": made} for one, made in found])
        return
    print_table(
        ["text", "source", "faults", "attested by", "on"],
        [
            (
                text.name,
                "the city's own" if text.own else "shipped",
                len(lint(text)) or "",
                made.attorney if made else "not attested",
                made.attested_on if made else "",
            )
            for text, made in found
        ],
    )


def _fields(kind: str, given: tuple[str, ...]) -> dict[str, str]:
    known = {field.name for field in kinds().find(kind).field}
    found = {}
    for each in given:
        name, separator, text = each.partition("=")
        if not separator or name not in known:
            names = ", ".join(sorted(known)) or "none"
            raise UsageError(f"--set takes NAME=TEXT; the fields of {kind} are {names}")
        found[name] = text
    return found


def _say_draft(made: Merged, file: Path, as_json: bool) -> None:
    attested = made.attestation is not None
    if as_json:
        print_json(
            {"file": file, "missing": made.lacks, "warnings": made.warnings, "attested": attested}
        )
        return
    say(f"{file}")
    for lack in made.lacks:
        say(f"  missing  {lack}")
    for warning in made.warnings:
        say(f"  mind     {warning}")
    if not attested:
        say(f"  the text {made.template.name} is not attested: it stays a draft")


def _address(letter: Letter, given: str) -> str:
    found = given or address_in("\n".join(letter.face.address))
    if not found:
        raise InputError("the letter has no e-mail address: give one with --to")
    return found
