"""How well personal data is found in sentences as residents write them."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from archiver.requests.finding.found import PersonalKind
from archiver.requests.finding.minors import minor_name
from archiver.requests.finding.personal import find_personal

SHORT = {
    "tel": PersonalKind.TELEPHONE,
    "mail": PersonalKind.EMAIL,
    "addr": PersonalKind.ADDRESS,
    "ssn": PersonalKind.SSN,
    "itin": PersonalKind.ITIN,
    "card": PersonalKind.CARD,
    "iban": PersonalKind.IBAN,
    "rtn": PersonalKind.ROUTING,
    "bank": PersonalKind.BANK_ACCOUNT,
    "util": PersonalKind.UTILITY_ACCOUNT,
    "dl": PersonalKind.DRIVER_LICENCE,
    "plate": PersonalKind.PLATE,
    "birth": PersonalKind.BIRTH,
    "minor": PersonalKind.MINOR,
}
NAMES = [minor_name(name) for name in ("Maribel Ochoa", "林小雨", "Tomás Ngô")]
LABEL = re.compile(r"«(\w+): (.*?)»", re.DOTALL)
FLOOR_PRECISION, FLOOR_RECALL = 0.96, 0.96


@dataclass(frozen=True, slots=True)
class Labelled:
    """A sentence without its labels, and what they say."""

    text: str
    wanted: frozenset[tuple[int, int, PersonalKind]]


def read(sentence: str) -> Labelled:
    """Take the labels out of a sentence."""
    text, wanted, last = "", set(), 0
    for match in LABEL.finditer(sentence):
        text += sentence[last : match.start()]
        wanted.add((len(text), len(text) + len(match[2]), SHORT[match[1]]))
        text += match[2]
        last = match.end()
    return Labelled(text + sentence[last:], frozenset(wanted))


SENTENCES = [
    read(each)
    for each in tomllib.loads((Path(__file__).parent / "labelled.toml").read_text("utf-8"))[
        "sentences"
    ]
]


def measured() -> tuple[Counter[str], list[str]]:
    """Right, wrong and missed findings, by kind and in all, and the sentences that went wrong."""
    counts: Counter[str] = Counter()
    wrong = []
    for each in SENTENCES:
        found = {(one.start, one.end, one.kind) for one in find_personal(each.text, names=NAMES)}
        for verdict, findings in (
            ("right", found & each.wanted),
            ("wrong", found - each.wanted),
            ("missed", each.wanted - found),
        ):
            counts.update(verdict for _ in findings)
            counts.update(f"{verdict} {kind.value}" for _, _, kind in findings)
            if verdict != "right":
                wrong += [
                    f"{verdict}: {kind} {each.text[a:b]!r} in {each.text!r}"
                    for a, b, kind in findings
                ]
    return counts, wrong


def test_the_set_is_large_and_half_of_it_is_hard_negatives() -> None:
    without = [each for each in SENTENCES if not each.wanted]
    assert len(SENTENCES) >= 150
    assert len(without) >= 60
    assert {kind for each in SENTENCES for _, _, kind in each.wanted} == set(PersonalKind)


def test_what_is_suggested_is_personal_and_what_is_personal_is_suggested() -> None:
    counts, wrong = measured()
    precision = counts["right"] / (counts["right"] + counts["wrong"])
    recall = counts["right"] / (counts["right"] + counts["missed"])
    told = f"precision {precision:.3f}, recall {recall:.3f}\n" + "\n".join(wrong)
    print(told)
    assert precision >= FLOOR_PRECISION, told
    assert recall >= FLOOR_RECALL, told


@pytest.mark.parametrize("kind", list(PersonalKind))
def test_no_kind_is_found_badly(kind: PersonalKind) -> None:
    counts, wrong = measured()
    right = counts[f"right {kind}"]
    assert right / (right + counts[f"missed {kind}"]) >= 0.8, wrong
    assert right / (right + counts[f"wrong {kind}"]) >= 0.8, wrong
