"""The linter: every planted fault found, on its line, in its series, under its rule."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from archiver.errors import InputError
from archiver.retention.linting import ERROR, NOTE, WARNING, Finding, lint, lint_file
from archiver.retention.schedules import parse_schedule

BAD = Path(__file__).parent / "bad-schedule.toml"
"""Every line with a fault says so: ``#! rule`` for one finding of that rule on the line."""

HEAD = """
id = "alder-glen"
title = "Alder Glen"
version = "2026.1"
effective_from = 2026-01-01
agency_kind = "city"
[source]
title = "Policy"
section = "5"
"""
POSTS = """
[[series]]
code = "A-1"
title = "Posts"
rule = "CU+2"
authority = "Gov. Code § 34090(d)"
mark = "S"
[series.when]
kind = ["post"]
"""


def planted() -> set[tuple[int, str]]:
    found = set()
    for number, line in enumerate(BAD.read_text("utf-8").split("\n"), 1):
        said = re.search(r"#! (.+)$", line)
        if said:
            found |= {(number, rule.strip()) for rule in said[1].split(",")}
    return found


def rules_of(text: str) -> dict[str, Finding]:
    return {each.rule: each for each in lint(text, "town.toml")}


def test_every_planted_fault_is_found_on_its_line_and_nothing_else() -> None:
    found = {
        (each.line, each.rule)
        for each in lint_file(BAD)
        if each.severity != NOTE and each.rule != "kind without a series"
    }
    assert found == planted()


def test_a_finding_names_file_line_series_and_rule() -> None:
    [finding] = [each for each in lint_file(BAD) if each.rule == "negative period"]
    assert finding.file == "bad-schedule.toml"
    assert finding.series == "B-04"
    assert finding.severity == ERROR
    assert finding.text == (
        f"bad-schedule.toml:{finding.line}: series B-04: the period is negative. [negative period]"
    )
    assert "\n" not in finding.text


def test_a_sound_schedule_has_only_what_it_does_not_cover() -> None:
    assert {each.rule for each in lint(HEAD + POSTS, "t")} == {"kind without a series"}


def test_what_the_reader_refuses_the_linter_finds_and_the_other_way_round() -> None:
    """An error of the linter that the reader accepts would be adopted by nobody and decide all the
    same; only the floor is so, because the rules keep to it whatever a file says."""
    with pytest.raises(InputError):
        parse_schedule(BAD.read_text("utf-8"), "bad")
    parse_schedule(HEAD + POSTS, "good")
    short = HEAD + POSTS.replace("CU+2", "CU+1")
    parse_schedule(short, "short")
    assert rules_of(short)["below the floor"].severity == ERROR


@pytest.mark.parametrize(
    ("kind", "section"),
    [("city", "34090(d)"), ("county", "26202"), ("district", None)],
)
def test_the_floor_is_that_of_the_agency(kind: str, section: str | None) -> None:
    text = (HEAD + POSTS).replace('"city"', f'"{kind}"').replace("CU+2", "CU+100D")
    found = rules_of(text).get("below the floor")
    assert (found is None) is (section is None)
    if section is not None:
        assert found is not None
        assert section in found.sentence


@pytest.mark.parametrize(
    ("exception", "rule", "kind", "expected"),
    [
        ("34090.6 video", "CU+1", "city", None),
        ("34090.6 recordings", "CU+100D", "city", None),
        ("34090.7 video", "CU+90D", "city", None),
        ("34090.7 duplicates", "CU+1D", "city", None),
        ("34090.6", "CU+1", "city", None),
        ("34090.6", "CU+100D", "city", "exception too short"),
        ("34090.6 video", "CU+100D", "city", "exception too short"),
        ("34090.8", "CU+1", "city", "below the floor"),
        ("53160 video", "CU+1", "city", "exception of another agency"),
        ("26202.6 recordings", "CU+100D", "county", None),
        ("53160 recordings", "CU+99D", "district", "exception too short"),
        ("34090.9", "CU+1", "city", "unknown exception"),
    ],
)
def test_an_exception_has_its_section_its_agency_and_its_minimum(
    exception: str, rule: str, kind: str, expected: str | None
) -> None:
    line = f'rule = "{rule}"\nexception = "{exception}"'
    text = (HEAD + POSTS).replace('"city"', f'"{kind}"').replace('rule = "CU+2"', line)
    errors = {name for name, each in rules_of(text).items() if each.severity == ERROR}
    assert (expected in errors) if expected else not errors


def test_two_years_of_365_days_are_below_two_years() -> None:
    assert "below the floor" in rules_of(HEAD + POSTS.replace("CU+2", "CU+730D"))
    assert "below the floor" not in rules_of(HEAD + POSTS.replace("CU+2", "CU+24M"))


def test_a_series_that_ends_with_its_event_is_warned_of() -> None:
    found = rules_of(HEAD + POSTS.replace("CU+2", "AC+"))
    assert found["floor decides"].severity == WARNING
    assert not [each for each in found.values() if each.severity == ERROR]


def test_a_circle_is_named_whole() -> None:
    lines = "".join(
        POSTS.replace("A-1", code).replace('rule = "CU+2"', f'follows = "{other}"')
        for code, other in (("A-1", "A-2"), ("A-2", "A-3"), ("A-3", "A-1"))
    )
    said = [each for each in lint(HEAD + lines, "t") if each.rule == "circular reference"]
    assert [each.series for each in said] == ["A-1", "A-2", "A-3"]
    assert "A-1 → A-2 → A-3 → A-1" in said[0].sentence


def test_overlaps_say_who_wins_and_by_how_much() -> None:
    longer = POSTS.replace("A-1", "A-2").replace("CU+2", "CU+5")
    longer = longer.replace('kind = ["post"]', 'hidden = true\nkind = ["post"]')
    [found] = [each for each in lint(HEAD + POSTS + longer, "t") if each.rule == "overlap"]
    assert found.severity == NOTE
    assert found.sentence == "overlaps with A-1 (post): A-2 wins by 3 years."


def test_a_conflict_of_two_that_only_partly_overlap_is_warned_of() -> None:
    messages = POSTS.replace("A-1", "A-2").replace("CU+2", "CU+4")
    messages = messages.replace('kind = ["post"]', 'kind = ["post", "comment"]\nremoved = true')
    [found] = [each for each in lint(HEAD + POSTS + messages, "t") if each.rule == "longest wins"]
    assert found.severity == WARNING
    assert "A-2 wins by 2 years" in found.sentence


def test_removed_content_is_never_hidden_by_a_series_that_runs_from_creation() -> None:
    removed = POSTS.replace("A-1", "A-2").replace('["post"]', '["post"]\nremoved = true')
    found = [each for each in lint(HEAD + POSTS + removed, "t") if each.series == "A-2"]
    assert {each.rule for each in found} == {"removed content", "overlap"}
    said = {each.rule: each for each in found}
    assert said["removed content"].severity == WARNING
    assert said["overlap"].sentence == (
        "overlaps with A-1 (post): A-2 wins by the time from created to removed."
    )


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('platform = ["x", "bluesky"]', None),
        ('platform = ["X"]', "the archive writes platform 'X' as 'x'."),
        ('platform = ["Twitter"]', "the archive writes platform 'Twitter' as 'x'."),
        ('platform = ["the web"]', "write it like x, bluesky or facebook, not 'the web'."),
        ('language = ["es", "zh-Hant", "en-US"]', None),
        ('language = ["Spanish"]', "language 'Spanish' is no BCP 47 tag"),
        ('language = ["es_MX"]', "language 'es_MX' is no BCP 47 tag"),
    ],
)
def test_a_name_no_record_has_is_found(condition: str, expected: str | None) -> None:
    text = HEAD + POSTS.replace('kind = ["post"]', condition)
    found = [each.sentence for each in lint(text, "t") if each.rule == "unknown value"]
    assert (expected in found[0]) if expected else not found


@pytest.mark.parametrize(
    ("kinds", "named"),
    [
        ('kind = ["production", "request file"]', None),
        ('kind = ["production", "comment"]', "takes in comment"),
        ('visibility = ["public"]', "takes in everything"),
    ],
)
def test_only_what_a_request_has_waits_for_its_closing(kinds: str, named: str | None) -> None:
    waiting = 'rule = "CL+2"\nevent = "request closed"'
    text = HEAD + POSTS.replace('rule = "CU+2"', waiting).replace('kind = ["post"]', kinds)
    found = [each for each in lint(text, "t") if each.rule == "event of requests"]
    assert (named in found[0].sentence) if named else not found


def test_a_series_behind_a_longer_one_never_wins() -> None:
    narrow = POSTS.replace("A-1", "A-2").replace('["post"]', '["post"]\nhidden = true')
    [found] = [
        each for each in lint(HEAD + POSTS + narrow, "t") if each.rule == "unreachable series"
    ]
    assert (found.series, found.severity) == ("A-2", WARNING)
    assert "A-1" in found.sentence


def test_two_series_together_can_hide_a_third() -> None:
    text = HEAD + "".join(
        POSTS.replace("A-1", code).replace('kind = ["post"]', f'kind = ["post"]\n{condition}')
        for code, condition in (
            ("A-1", "removed = true"),
            ("A-2", "removed = false"),
            ("A-3", 'visibility = ["public"]'),
        )
    )
    [found] = [each for each in lint(text, "t") if each.rule == "unreachable series"]
    assert found.series == "A-3"
    assert "A-1, A-2" in found.sentence


def test_an_attested_series_is_not_doubted() -> None:
    text = HEAD + POSTS.replace('mark = "S"', 'mark = "K"')
    assert "not attested" in {each.rule for each in lint(text, "t")}
    assert "not attested" not in {each.rule for each in lint(text, "t", attested=["A-1"])}


@pytest.mark.parametrize(
    "text", ["", "\n\n", "= 1", "[[series]]", "series = 3", "[", "a = '''", "\x00"]
)
def test_any_text_is_linted_to_its_end(text: str) -> None:
    assert any(each.severity == ERROR for each in lint(text, "t"))


@pytest.mark.parametrize("cut", range(0, 2600, 97))
def test_a_file_cut_off_anywhere_is_linted_to_its_end(cut: int) -> None:
    for each in lint(BAD.read_text("utf-8")[:cut], "t"):
        assert each.line >= 1
        assert each.sentence.endswith((".", "?", ")"))


def test_what_is_no_text_or_not_there_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_bytes(b"id = 'a'\n\xff\xfe")
    [found] = lint_file(tmp_path / "x.toml")
    assert (found.line, found.rule) == (2, "not TOML")
    with pytest.raises(InputError, match="cannot read"):
        lint_file(tmp_path / "none.toml")
