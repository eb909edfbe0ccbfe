"""Instalments, what blocks them, the attorney's questions, deciding in bulk."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable

import msgspec
import pytest

from archiver.config import Requests, Settings
from archiver.errors import BusyError, InputError, RuleError
from archiver.items import MediaRef
from archiver.register.attestations import list_attestations, withdraw_attestation
from archiver.register.office import audit_trail
from archiver.requests.book import (
    Choice,
    Claim,
    Item,
    Request,
    add_items,
    decide,
    events_of,
    items_of,
)
from archiver.requests.reviewing.attorney import (
    answer,
    ask,
    open_questions,
    questions_on,
    sign_off,
    signed_off,
    with_attorney,
)
from archiver.requests.reviewing.blockers import blockers_of
from archiver.requests.reviewing.bulk import PRIVATE, UNSEEN, decide_all, preview
from archiver.requests.reviewing.confirming import confirm
from archiver.requests.reviewing.instalments import (
    instalments_of,
    items_in,
    move,
    plan,
    remaining_after,
)
from archiver.requests.reviewing.media import mark_seen, seen_by

NUMBER = "2026-0001"
PROMISED = "2026-12-05T00:00:00Z"
Attest = Callable[[str], None]
Files = dict[str, sqlite3.Connection]


def test_everything_is_in_the_first_instalment_until_it_is_moved(
    office: sqlite3.Connection, items: list[Item]
) -> None:
    [first] = instalments_of(office, NUMBER)
    assert (first.n, first.records, first.decided) == (1, 4, 0)
    plan(office, NUMBER, actor="of", title="The messages", promised_at="2026-12-04T16:00:00-08:00")
    assert move(office, NUMBER, [items[3].id], 2, actor="of") == 1
    assert move(office, NUMBER, [items[3].id], 2, actor="of") == 0
    assert items_in(office, NUMBER, 2) == {items[3].id}
    assert [
        (each.n, each.records, each.promised_at) for each in instalments_of(office, NUMBER)
    ] == [
        (1, 3, None),
        (2, 1, PROMISED),
    ]
    assert remaining_after(office, NUMBER, 1) == (1, PROMISED)
    move(office, NUMBER, [items[3].id], 1, actor="of")
    assert remaining_after(office, NUMBER, 1) == (0, None)


def test_a_promise_can_slip_and_the_earlier_one_is_kept(
    office: sqlite3.Connection, items: list[Item]
) -> None:
    plan(office, NUMBER, actor="of", n=1, promised_at=PROMISED)
    later = plan(office, NUMBER, actor="of", n=1, promised_at="2026-12-11T00:00:00Z")
    assert later.promised_at == "2026-12-11T00:00:00Z"
    promises = [event.detail for event in events_of(office, NUMBER)][-2:]
    assert [each and each["promised"] for each in promises] == [PROMISED, later.promised_at]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"n": 3}, "not the next one"),
        ({"n": 0}, "not the next one"),
        ({"promised_at": "soon"}, "no time with a zone"),
        ({"promised_at": "2020-01-01T00:00:00Z"}, "before the request came in"),
    ],
)
def test_an_instalment_that_makes_no_sense_is_refused(
    office: sqlite3.Connection, items: list[Item], given: dict[str, object], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        plan(office, NUMBER, actor="of", **given)  # type: ignore[arg-type]
    assert len(instalments_of(office, NUMBER)) == 1


def test_items_move_only_into_an_instalment_that_is_planned(
    office: sqlite3.Connection, items: list[Item]
) -> None:
    with pytest.raises(InputError, match="plan it first"):
        move(office, NUMBER, [items[0].id], 2, actor="of")


def kinds(found: object) -> dict[str, tuple[int, ...]]:
    return {each.kind: each.items for each in found}  # type: ignore[attr-defined]


def test_what_blocks_an_instalment_is_named_with_its_items(
    office: sqlite3.Connection, files: Files, items: list[Item], settings: Settings, attest: Attest
) -> None:
    two = msgspec.structs.replace(settings, requests=Requests(second_person=["withhold"]))
    attest("7927.410")
    one, second, third, message = (item.id for item in items)
    decide(office, NUMBER, [one], "release", actor="of")
    [held] = decide(office, NUMBER, [second], "withhold", actor="of", claims=[Claim("7927.410")])
    ask(office, NUMBER, one, "May we?", actor="of")
    plan(office, NUMBER, actor="of")
    move(office, NUMBER, [message], 2, actor="of")
    assert kinds(blockers_of(office, two, NUMBER, 1, files=files)) == {
        "undecided": (third,),
        "with attorney": (one,),
        "unconfirmed": (second,),
    }
    assert kinds(blockers_of(office, two, NUMBER, 2, files=files)) == {"undecided": (message,)}
    assert kinds(blockers_of(office, two, NUMBER))["undecided"] == (third, message)
    [attestation] = list_attestations(office, "exemption")
    withdraw_attestation(
        office,
        actor="ph",
        attestation=attestation,
        attorney="P. Haldane",
        on=dt.date(2026, 11, 1),
        note="Under review",
    )
    assert kinds(blockers_of(office, two, NUMBER, 1))["not attested"] == (second,)
    attest("7927.410")
    decide(office, NUMBER, [third], "not responsive", actor="of")
    answer(office, NUMBER, one, "Yes.", actor="ph")
    confirm(office, two, NUMBER, {second: held.id}, actor="tk")
    assert blockers_of(office, two, NUMBER, 1, files=files) == []


def test_what_the_attorney_is_to_sign_off_stops_the_packet_until_it_is_signed(
    office: sqlite3.Connection, items: list[Item], settings: Settings, attest: Attest
) -> None:
    strict = msgspec.structs.replace(settings, requests=Requests(attorney_signs=["withhold"]))
    attest("7927.410")
    first, *others = (item.id for item in items)
    decide(office, NUMBER, others, "release", actor="of")
    [held] = decide(office, NUMBER, [first], "withhold", actor="of", claims=[Claim("7927.410")])
    [blocker] = blockers_of(office, strict, NUMBER)
    assert blocker.words == "1 decision waits for the attorney’s sign-off"
    assert blocker.items == (first,)
    assert blockers_of(office, settings, NUMBER) == []
    sign_off(office, NUMBER, {first: held.id}, actor="ph")
    assert blockers_of(office, strict, NUMBER) == []
    decide(office, NUMBER, [first], "withhold", actor="of", claims=[Claim("7927.410")])
    assert [each.kind for each in blockers_of(office, strict, NUMBER)] == ["not signed off"]


def test_blockers_count_all_and_name_as_many_items_as_are_asked_for(
    office: sqlite3.Connection, items: list[Item], settings: Settings
) -> None:
    [blocker] = blockers_of(office, settings, NUMBER, listed=2)
    assert (blocker.count, blocker.items) == (4, tuple(each.id for each in items[:2]))
    [known] = blockers_of(office, settings, NUMBER, known=("archive",))
    assert known.count == 3


def test_blockers_say_what_they_are_in_words(
    office: sqlite3.Connection, items: list[Item], settings: Settings
) -> None:
    [blocker] = blockers_of(office, settings, NUMBER)
    assert blocker.words == "4 records have no decision yet"
    assert (
        blocker.named == f"4 records have no decision yet ({', '.join(str(i.id) for i in items)})"
    )


def test_the_attorney_is_asked_and_answers_once(
    office: sqlite3.Connection, items: list[Item]
) -> None:
    item = items[0].id
    ask(office, NUMBER, item, "PLANTED question", actor="of")
    assert with_attorney(office, items[0].request_id) == {item}
    assert [each.text for each in open_questions(office)] == ["PLANTED question"]
    with pytest.raises(RuleError, match="with the attorney already"):
        ask(office, NUMBER, item, "Again?", actor="tk")
    answer(office, NUMBER, item, "PLANTED answer", actor="ph")
    with pytest.raises(BusyError, match="answered already"):
        answer(office, NUMBER, item, "Another", actor="ph")
    assert with_attorney(office, items[0].request_id) == set()
    [question] = questions_on(office, item)
    assert (question.answer, question.answered_by) == ("PLANTED answer", "ph")


def test_no_word_of_it_is_in_the_history_or_the_audit(
    office: sqlite3.Connection, items: list[Item]
) -> None:
    ask(office, NUMBER, items[0].id, "PLANTED question", actor="of")
    answer(office, NUMBER, items[0].id, "PLANTED answer", actor="ph")
    history = events_of(office, NUMBER)
    assert [(each.kind, each.detail) for each in history[-2:]] == [
        ("asked the attorney", {"item": items[0].id}),
        ("attorney answered", {"item": items[0].id}),
    ]
    assert "PLANTED" not in str(history) + str(audit_trail(office))


def test_the_attorney_signs_off_what_is_withheld_as_it_stands(
    office: sqlite3.Connection, items: list[Item], attest: Attest
) -> None:
    attest("7927.410")
    item, claims = items[0], [Claim("7927.410")]
    [made] = decide(office, NUMBER, [item.id], "withhold", actor="of", claims=claims)
    [other] = decide(office, NUMBER, [items[1].id], "release", actor="of")
    with pytest.raises(RuleError, match="nothing to sign off"):
        sign_off(office, NUMBER, {items[1].id: other.id}, actor="ph")
    sign_off(office, NUMBER, {item.id: made.id}, actor="ph")
    assert signed_off(office, item.request_id)[item.id].actor == "ph"
    decide(office, NUMBER, [item.id], "withhold", actor="of", claims=claims)
    assert signed_off(office, item.request_id) == {}
    with pytest.raises(BusyError, match="decided anew"):
        sign_off(office, NUMBER, {item.id: made.id}, actor="ph")


def test_bulk_release_leaves_out_private_messages_and_says_so(
    office: sqlite3.Connection, files: Files, items: list[Item], settings: Settings
) -> None:
    ids = [item.id for item in items]
    shown = preview(office, files, settings, NUMBER, ids, "release")
    assert shown.items == tuple(ids[:3])
    assert shown.skipped == {PRIVATE: (ids[3],)}
    assert shown.before == {"undecided": 3}
    done = decide_all(
        office, files, settings, NUMBER, ids, "release", token=shown.token, actor="of"
    )
    assert done == 3
    choices = [item.decision.choice for item in items_of(office, NUMBER)]
    assert choices == [*[Choice.RELEASE] * 3, Choice.UNDECIDED]


def test_pressing_twice_decides_once(
    office: sqlite3.Connection, files: Files, items: list[Item], settings: Settings
) -> None:
    ids = [item.id for item in items[:3]]
    token = preview(office, files, settings, NUMBER, ids, "release").token
    for _ in range(2):
        assert (
            decide_all(office, files, settings, NUMBER, ids, "release", token=token, actor="of")
            == 3
        )
    assert office.execute("SELECT count(*) FROM request_decisions").fetchone()[0] == 3


def test_a_preview_that_is_no_longer_true_is_refused_whole(
    office: sqlite3.Connection, files: Files, items: list[Item], settings: Settings
) -> None:
    ids = [item.id for item in items[:3]]
    token = preview(office, files, settings, NUMBER, ids, "release").token
    decide(office, NUMBER, [ids[2]], "not responsive", actor="tk")
    with pytest.raises(BusyError, match="changed since the preview"):
        decide_all(office, files, settings, NUMBER, ids, "release", token=token, actor="of")
    assert [item.decision.choice for item in items_of(office, NUMBER)][:2] == [
        Choice.UNDECIDED,
        Choice.UNDECIDED,
    ]


def test_withholding_in_bulk_says_why_nothing_can_be_released(
    office: sqlite3.Connection, files: Files, items: list[Item], settings: Settings, attest: Attest
) -> None:
    attest("7927.410")
    ids, claims = [item.id for item in items], [Claim("7927.410")]
    token = preview(office, files, settings, NUMBER, ids, "withhold").token
    with pytest.raises(RuleError, match="why no part of any of them"):
        decide_all(
            office,
            files,
            settings,
            NUMBER,
            ids,
            "withhold",
            token=token,
            actor="of",
            claims=claims,
            whole=" ",
        )
    decide_all(
        *(office, files, settings, NUMBER, ids, "withhold"),
        token=token,
        actor="of",
        claims=claims,
        whole="Each is nothing but a bill.",
    )
    kept = office.execute("SELECT items, skipped, whole FROM bulk_decisions").fetchone()
    assert tuple(kept) == (4, 0, "Each is nothing but a bill.")


def test_bulk_release_leaves_out_media_nobody_has_looked_at(
    office: sqlite3.Connection,
    files: Files,
    store: Callable[..., int],
    request_made: Request,
    settings: Settings,
) -> None:
    picture = MediaRef("door.png", "door.png", "image/png", "A door")
    record = store("9", "See the door", media=(picture,))
    add_items(office, files, NUMBER, [("archive", record)], actor="of")
    [item] = items_of(office, NUMBER)
    assert preview(office, files, settings, NUMBER, [item.id], "release").skipped == {}
    files["archive"].execute(
        "INSERT INTO events (record_id, what, at, observed_at, detail, salt, leaf) "
        "VALUES (?, 'media received', '', '', '{\"key\": \"door.png\"}', x'', 0)",
        (record,),
    )
    assert preview(office, files, settings, NUMBER, [item.id], "release").skipped == {
        UNSEEN: (item.id,)
    }
    for _ in range(2):
        mark_seen(office, item.id, 0, person="of")
    assert seen_by(office, item.id) == {0: ["of"]}
    assert preview(office, files, settings, NUMBER, [item.id], "release").skipped == {}
