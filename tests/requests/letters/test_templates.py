"""The texts: sound, sandboxed, the city's own in front, attested in exactly their words."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st

from archiver.config import Home
from archiver.errors import InputError, RuleError
from archiver.requests.letters.attesting import attest_template, is_attested
from archiver.requests.letters.kinds import kinds
from archiver.requests.letters.linting import lint
from archiver.requests.letters.sandbox import LONGEST_TEMPLATE, faults, merge
from archiver.requests.letters.templates import (
    Template,
    all_templates,
    find_template,
    read_template,
)
from archiver.requests.letters.writing import freeze

ESCAPES = [
    "{{ number.__class__ }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ number['__class__'] }}",
    "{{ number|attr('__class__') }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ self }}",
    "{{ self._TemplateReference__context }}",
    "{{ range(10**9) }}",
    "{% for x in number %}{{ x }}{% endfor %}",
    "{% for x in range(10**9) %}x{% endfor %}",
    "{{ 'a' * 10**9 }}",
    "{{ 7*7 }}",
    "{{ number ~ number }}",
    "{% set x = number %}",
    "{% include '/etc/passwd' %}",
    "{% import 'x' as y %}",
    "{% extends 'x' %}",
    "{% macro m() %}{% endmacro %}",
    "{% call m() %}{% endcall %}",
    "{% filter upper %}x{% endfilter %}",
    "{% with a = number %}{% endwith %}",
    "{% autoescape true %}{% endautoescape %}",
    "{{ lipsum() }}",
    "{{ namespace() }}",
    "{% if number is string %}{% endif %}",
    "{% if number in 'abc' %}{% endif %}",
    "{% if number == 1 %}{% endif %}",
    "{{ number if number else free }}",
    "{{ [number] }}",
    "{{ (number, free) }}",
    "{% if " + "not " * 5000 + "number %}{% endif %}",
    "{{ " + "(" * 5000 + "number" + ")" * 5000 + " }}",
    "{% if number %}" * 50 + "{% endif %}" * 50,
    "{{ number }}" * 3000,
    "{{ number",
    "{% if number %}",
    "{% endif %}",
    "x" * (LONGEST_TEMPLATE + 1),
]


@pytest.mark.parametrize("text", ESCAPES, ids=lambda text: text[:30])
def test_nothing_but_printing_and_asking_is_allowed(text: str) -> None:
    values = {"number": "2026-0001", "free": "x"}
    with pytest.raises(InputError, match="line 1"):
        merge(text, values)
    assert faults(text) or text == "{{ self }}"


def test_a_fault_names_its_line() -> None:
    found = faults("Dear {{ requester }},\n\n{{ number|upper }}\n")
    assert {fault.line for fault in found} == {3}


@trying(deadline=None)
@given(st.text(max_size=300))
def test_values_are_never_read_as_templates(value: str) -> None:
    assert merge("[{{ free }}]", {"free": value}) == f"[{value}]"
    assert merge("[{{ free }}]", {"free": "{{ 7*7 }}" + value}) == "[{{ 7*7 }}" + value + "]"


@trying(deadline=None)
@given(st.text(alphabet="{}%# \n|.()'*abif", max_size=60))
def test_any_text_is_merged_or_refused_in_one_line(text: str) -> None:
    try:
        merge(text, {"a": "1", "b": ""})
    except InputError as refused:
        assert "\n" not in str(refused)


def test_a_letter_never_grows_without_end() -> None:
    with pytest.raises(InputError, match="longer than"):
        merge("{{ free }}" * 100, {"free": "x" * 20_000})


def test_every_shipped_text_is_sound_and_every_kind_has_one_in_english() -> None:
    texts = all_templates(None)
    assert {each.kind for each in texts if each.language == "en"} == {
        kind.code for kind in kinds().kind
    }
    assert {each.kind for each in texts if each.language == "es"} == {
        "acknowledgement",
        "clarification",
        "extension",
        "closing",
    }
    for each in texts:
        assert lint(each) == [], each.name


def _of(kind: str, text: str, language: str = "en") -> list[str]:
    return [f"{each.line}: {each.text}" for each in lint(Template(kind, language, text, own=True))]


def test_the_linter_names_what_is_unknown_and_what_the_law_misses() -> None:
    found = _of("denial", "Subject: No\n\n{{ extent }} {{ colour }}\n{{ exemptions }}\n{{ free }}")
    assert any(each.startswith("3: there is no variable 'colour'") for each in found)
    assert any("'responsible'" in each and "7922.540" in each for each in found)
    assert any("subject" in each for each in _of("closing", "{{ reason }}{{ free }}"))
    hidden = _of("closing", "Subject: x\n{% if reason %}{% endif %}{{ free }}")
    assert any("never prints 'reason'" in each for each in hidden)
    asking = "Subject: x\n{{ number }} {{ work_by }} {{ free }}\nWhy do you want this?"
    assert any(
        each.startswith("3: it asks for the purpose") for each in _of("acknowledgement", asking)
    )


def test_a_text_in_another_language_makes_its_own_sentences_from_the_codes() -> None:
    words = (
        "Subject: {{ number }}\n{% if outcome_code == 'yes' %}Oui{% endif %}{{ reasons }}"
        "{{ available }}{{ responsible }}{{ exemptions }}{{ free }}"
    )
    assert _of("determination", words, "fr") == []
    assert any("'outcome'" in each for each in _of("determination", words))


def test_the_citys_own_text_stands_in_front_and_needs_its_own_word(
    office: sqlite3.Connection, home: Home, attested: None
) -> None:
    assert is_attested(office, "acknowledgement")
    own = home.path / "letters" / "en" / "acknowledgement.txt"
    own.parent.mkdir(parents=True)
    own.write_text("Subject: Hello\n{{ number }} {{ work_by }} {{ free }}", "utf-8")
    assert find_template(home.path, "acknowledgement", "en").own
    assert not is_attested(office, "acknowledgement")
    on = dt.date(2026, 11, 20)
    attest_template(office, "acknowledgement", "en", actor="ph", attorney="P. Haldane", on=on)
    assert is_attested(office, "acknowledgement")
    own.write_text("Subject: Hullo\n{{ number }} {{ work_by }} {{ free }}", "utf-8")
    assert not is_attested(office, "acknowledgement")
    own.unlink()
    assert is_attested(office, "acknowledgement")


def test_what_was_changed_since_it_was_read_is_not_attested(
    office: sqlite3.Connection, home: Home
) -> None:
    read = find_template(home.path, "closing", "en").digest
    own = home.path / "letters" / "en" / "closing.txt"
    own.parent.mkdir(parents=True)
    own.write_text("Subject: Bye\n{{ reason }} {{ free }}", "utf-8")
    who = {"actor": "ph", "attorney": "P. Haldane", "on": dt.date(2026, 11, 20)}
    with pytest.raises(InputError, match="changed since it was shown"):
        attest_template(office, "closing", "en", digest=read, **who)
    own.write_text("Subject: Bye\n{{ free }}", "utf-8")
    with pytest.raises(InputError, match="line 2: it never prints 'reason'"):
        attest_template(office, "closing", "en", **who)
    with pytest.raises(RuleError, match="names the attorney"):
        attest_template(office, "denial", "en", **{**who, "attorney": " "})


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"\xff\xfe", "UTF-8"), (b"x" * 200_000, "longer than")],
)
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "denial.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=told):
        read_template(path)


@pytest.mark.parametrize("language", ["../en", "en/..", "e", "english", "", "en\n"])
def test_a_language_never_leads_out_of_its_folder(home: Home, language: str) -> None:
    with pytest.raises(InputError, match="no language"):
        find_template(home.path, "denial", language)


def test_without_the_attorneys_word_nothing_is_frozen(
    office: sqlite3.Connection, home: Home, settings: Any, asked: Any, draft: Callable[..., Any]
) -> None:
    from archiver.requests.letters.facts import Produced

    with pytest.raises(RuleError, match="has not attested the text"):
        freeze(
            office, home, settings, asked.number, draft("acknowledgement"), Produced(), actor="of"
        )
    assert office.execute("SELECT count(*) FROM request_letters").fetchone()[0] == 0
