"""The queue: what is noticed, what is not, and that a person says what it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from archiver.config import Home, Settings
from archiver.errors import BusyError, InputError, RuleError
from archiver.items import Author, AuthorRole, Kind, Visibility
from archiver.register.office import audit_trail
from archiver.requests.receiving import noticing
from archiver.requests.receiving.arriving import Arrival, log_arrival
from archiver.requests.receiving.noticing import notice
from archiver.requests.receiving.patterns import Pattern, Patterns, patterns, read_patterns
from archiver.requests.receiving.queue import (
    count_waiting,
    decided_lately,
    get_candidate,
    say_what_it_is,
    take_decision_back,
    waiting,
)
from archiver.retention.holds import holds_on

Files = dict[str, sqlite3.Connection]
Look = Callable[[], int]


@pytest.fixture
def look(office: sqlite3.Connection, files: Files, settings: Settings) -> Look:
    """One night's look."""
    return lambda: notice(office, files, settings)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Under the Public Records Act I ask for the emails.", ("records request",)),
        ("Solicito copias de los documentos del parque", ("records request",)),
        ("我想索取记录，关于公园", ("records request",)),
        ("Tôi yêu cầu hồ sơ về công viên", ("records request",)),
        ("Gusto kong humingi: kopya ng mga dokumento", ("records request",)),
        ("공원에 대한 정보공개를 신청합니다", ("records request",)),
        ("I will file a claim for my axle", ("claim",)),
        ("You will hear from my lawyer. Cease and desist!", ("legal notice",)),
        ("I know where you live", ("threat",)),
        ("My attorney says: file a claim", ("claim", "legal notice")),
    ],
)
def test_what_may_need_an_answer_comes_before_a_person(
    office: sqlite3.Connection, store: Callable[..., int], look: Look, text: str, kinds: object
) -> None:
    record = store("c1", text)
    store("c2", "The lights at the skate park are out, thank you")
    assert look() == 1
    (found,) = waiting(office)
    assert (found.file, found.record_id, found.kinds) == ("archive", record, kinds)
    assert found.phrases


def test_the_agency_s_own_words_and_names_are_no_request(
    store: Callable[..., int], look: Look
) -> None:
    text = "How to file a claim: read our page on public records requests"
    store("c1", text, author=Author("12", "AlderGlenParks", "Parks", AuthorRole.AGENCY))
    store("c2", "Nice park", author=Author("13", "x", "Public Records Request", AuthorRole.PUBLIC))
    assert look() == 0


def test_only_what_is_new_since_the_last_look_is_searched(
    store: Callable[..., int], look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    store("c1", "A public records request")
    assert look() == 1
    asked: list[int] = []
    whole = noticing.matching_ids
    monkeypatch.setattr(
        noticing,
        "matching_ids",
        lambda conn, searches, among: asked.extend(among) or whole(conn, searches, among),
    )
    assert look() == 0
    assert asked == []
    new = store("c2", "Another public records request", created_at="2020-01-01T00:00:00Z")
    assert look() == 1
    assert asked == [new]


def test_very_many_records_are_asked_of_the_whole_index_with_the_same_answer(
    office: sqlite3.Connection,
    store: Callable[..., int],
    look: Look,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(noticing, "MANY", 1)
    expected = [store("c1", "A public records request"), store("c2", "my lawyer will call")]
    store("c3", "hello")
    assert look() == 2
    assert sorted(each.record_id for each in waiting(office)) == sorted(expected)


def test_an_edit_brings_a_record_back_only_for_what_is_new_in_it(
    office: sqlite3.Connection, store: Callable[..., int], look: Look
) -> None:
    record = store("c1", "This is a public records request")
    look()
    (first,) = waiting(office)
    say_what_it_is(office, first.id, "none of these", actor="of")
    store("c1", "This is a public records request!", observed_at="2026-11-18T10:00:00Z")
    assert look() == 0
    store("c1", "A public records request. My lawyer.", observed_at="2026-11-19T10:00:00Z")
    assert look() == 1
    assert [(each.record_id, each.kinds) for each in waiting(office)] == [
        (record, ("legal notice",))
    ]


def test_words_edited_away_before_the_night_are_still_noticed(
    office: sqlite3.Connection, store: Callable[..., int], look: Look
) -> None:
    store("c1", "I will sue the city")
    store("c1", "Never mind", observed_at="2026-11-18T10:00:00Z")
    assert look() == 1
    assert waiting(office)[0].kinds == ("legal notice",)


def test_a_changed_list_is_looked_for_in_everything_once(
    office: sqlite3.Connection, files: Files, settings: Settings, store: Callable[..., int]
) -> None:
    store("c1", "The lights are out")
    one = Pattern("claim", "en", "own", "K", ('"lights are out"',))
    own = Patterns("own", "Own", "1", "nobody", "", (one,))
    assert notice(office, files, settings) == 0
    assert [notice(office, files, settings, shipped=own) for _ in range(2)] == [1, 0]


def test_private_messages_are_noticed_in_their_own_file(
    office: sqlite3.Connection, store: Callable[..., int], look: Look
) -> None:
    message = {"kind": Kind.MESSAGE, "visibility": Visibility.PRIVATE, "root_id": "dm-1"}
    store("m1", "Please treat this as a public records request", **message)
    assert look() == 1
    assert waiting(office)[0].file == "private"


def test_a_claim_is_told_to_somebody_and_can_be_held(
    office: sqlite3.Connection, store: Callable[..., int], look: Look
) -> None:
    record = store("c1", "I want to file a claim")
    look()
    (found,) = waiting(office)
    with pytest.raises(RuleError, match="who was told"):
        say_what_it_is(office, found.id, "claim", actor="of")
    made = say_what_it_is(
        office, found.id, "claim", actor="of", told="Risk manager", hold_reference="C-26-114"
    )
    assert made.outcome is not None
    assert (made.outcome.outcome, made.outcome.told) == ("claim", "Risk manager")
    (hold,) = holds_on(office, "archive", record)
    assert (hold.kind, hold.reference, hold.id) == ("claim", "C-26-114", made.outcome.hold_id)
    assert waiting(office) == []
    assert decided_lately(office) == [made]


def test_the_second_to_decide_is_told_and_nothing_is_overwritten(
    office: sqlite3.Connection, store: Callable[..., int], look: Look
) -> None:
    store("c1", "I want to file a claim")
    look()
    (found,) = waiting(office)
    say_what_it_is(office, found.id, "none of these", actor="of")
    with pytest.raises(BusyError, match="of has said already that it is: none of these"):
        say_what_it_is(office, found.id, "claim", actor="hp", told="x", hold_reference="1")
    assert holds_on(office, "archive", found.record_id) == []


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"outcome": "spam"}, InputError),
        ({"outcome": "records request"}, RuleError),
        ({"outcome": "none of these", "hold_reference": "C-1"}, RuleError),
    ],
)
def test_what_it_cannot_be_is_refused(
    office: sqlite3.Connection,
    store: Callable[..., int],
    look: Look,
    given: dict[str, str],
    error: type[Exception],
) -> None:
    store("c1", "I want to file a claim")
    look()
    with pytest.raises(error):
        say_what_it_is(office, waiting(office)[0].id, actor="of", **given)
    assert len(waiting(office)) == 1


def test_logging_it_as_a_request_takes_it_out_of_the_queue_for_good(
    office: sqlite3.Connection,
    files: Files,
    settings: Settings,
    archive: object,
    tmp_path: object,
    store: Callable[..., int],
    look: Look,
) -> None:
    record = store("c1", "Under the Public Records Act: all emails")
    look()
    (found,) = waiting(office)
    home = Home(tmp_path)  # type: ignore[arg-type]
    source = ("archive", record, found.version_id)
    arrival = Arrival("2026-11-16T10:00:00Z", "post", "All emails", source=source)
    with pytest.raises(RuleError, match="not practice"):
        log_arrival(
            home,
            office,
            settings,
            Arrival("2026-11-16T10:00:00Z", "post", "All", practice=True, source=source),
            actor="of",
        )
    made = log_arrival(home, office, settings, arrival, actor="of")
    outcome = get_candidate(office, found.id).outcome
    assert outcome is not None
    assert (outcome.outcome, outcome.request_id) == ("records request", made.id)
    with pytest.raises(BusyError, match=f"logged as request {made.number} already"):
        log_arrival(home, office, settings, arrival, actor="hp")
    store("c1", "Under the Public Records Act: my lawyer", observed_at="2026-11-19T10:00:00Z")
    assert look() == 0


def test_the_shipped_phrases_can_all_be_searched_for() -> None:
    found = patterns()
    assert {each.kind for each in found.pattern} == {
        "records request",
        "claim",
        "legal notice",
        "threat",
    }
    assert {each.language for each in found.pattern} == {"en", "es", "zh", "vi", "tl", "ko"}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("phrases = ['\"unfinished']", "no partner"),
        ("phrases = ['-']", "no letters"),
        ("phrases = ['kind:nothing']", "not known"),
        ("mark = 'Z'\nphrases = ['x']", "mark"),
    ],
)
def test_a_phrase_that_cannot_be_searched_is_named(
    tmp_path: object, line: str, message: str
) -> None:
    mark = "" if "mark" in line else "mark = 'K'\n"
    path = tmp_path / "own.toml"  # type: ignore[operator]
    path.write_text(
        "id = 'own'\ntitle = 't'\nversion = '1'\nchecked_by = 'x'\nnote = ''\n"
        f"[[pattern]]\nkind = 'claim'\nlanguage = 'en'\nsource = 'own'\n{mark}{line}\n"
    )
    with pytest.raises(InputError, match=message):
        read_patterns(path)


def test_what_was_said_is_taken_back_with_a_reason_and_said_anew(
    office: sqlite3.Connection, store: Callable[..., int], look: Look
) -> None:
    store("c1", "I want to file a claim")
    look()
    (found,) = waiting(office)
    with pytest.raises(RuleError, match="waits in the queue"):
        take_decision_back(office, found.id, actor="hp", reason="Too soon")
    said = say_what_it_is(
        office, found.id, "claim", actor="of", told="Risk manager", hold_reference="C-1"
    )
    with pytest.raises(RuleError, match="needs a reason"):
        take_decision_back(office, found.id, actor="hp", reason=" ")
    assert waiting(office) == []
    back = take_decision_back(office, found.id, actor="hp", reason="It only asks for the form")
    assert back.outcome is None
    assert [each.id for each in waiting(office)] == [found.id]
    assert count_waiting(office) == 1
    assert [hold.reference for hold in holds_on(office, "archive", found.record_id)] == ["C-1"]
    say_what_it_is(office, found.id, "none of these", actor="hp")
    assert said.outcome is not None
    with pytest.raises(BusyError, match="none of these"):
        take_decision_back(office, found.id, actor="of", reason="Again", seen=said.outcome.id)
    told = [
        (each.outcome.outcome, each.outcome.taken_back)
        for each in decided_lately(office)
        if each.outcome is not None
    ]
    assert told == [("none of these", ""), ("claim", "It only asks for the form")]
    assert "queue: taken back" in {each.action for each in audit_trail(office)}


def test_what_a_request_was_made_of_is_not_taken_back(
    office: sqlite3.Connection,
    settings: Settings,
    tmp_path: object,
    archive: object,
    store: Callable[..., int],
    look: Look,
) -> None:
    record = store("c1", "Under the Public Records Act: all emails")
    look()
    (found,) = waiting(office)
    source = ("archive", record, found.version_id)
    arrival = Arrival("2026-11-16T10:00:00Z", "post", "All emails", source=source)
    made = log_arrival(Home(tmp_path), office, settings, arrival, actor="of")  # type: ignore[arg-type]
    with pytest.raises(RuleError, match=f"request {made.number} was made of it.* close that"):
        take_decision_back(office, found.id, actor="hp", reason="No request")
    with pytest.raises(sqlite3.IntegrityError, match="a request was made"):
        office.execute(
            "INSERT INTO intake_decisions_taken_back (decision_id, reason, at, actor) "
            "SELECT id, 'x', at, actor FROM intake_decisions"
        )


def test_no_second_decision_stands_beside_one_whoever_writes(
    office: sqlite3.Connection, store: Callable[..., int], look: Look
) -> None:
    store("c1", "I want to file a claim")
    look()
    say_what_it_is(office, waiting(office)[0].id, "none of these", actor="of")
    with pytest.raises(sqlite3.IntegrityError, match="stands"):
        office.execute(
            "INSERT INTO intake_decisions (candidate_id, outcome, told, note, at, actor) "
            "SELECT candidate_id, outcome, told, note, at, actor FROM intake_decisions"
        )
    for statement in ("DELETE FROM intake_decisions", "UPDATE intake_decisions SET told = 'x'"):
        with pytest.raises(sqlite3.IntegrityError):
            office.execute(statement)
