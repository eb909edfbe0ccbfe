"""A preview shows what would go out, takes no number, and tells what is worth a look."""

from __future__ import annotations

import pypdfium2
import pytest

from archiver.errors import BusyError, RuleError
from archiver.production.previewing import (
    drop_old_previews,
    drop_shut_preview,
    make_preview,
    mark_of,
    packet_of,
    preview_of,
)
from archiver.production.produce import produce
from archiver.requests.book import Claim, close_request, decide
from archiver.requests.redacting.redactions import Mark, add_redaction
from archiver.retention.quarantine import put_in_quarantine

NOW = "2026-11-20T18:00:00Z"
PHONE = "916 555 0142"


def previewed(city, number: str, **more):
    return make_preview(city.home, city.office, city.archive, number, now=NOW, **more)


def text_of(path) -> str:
    document = pypdfium2.PdfDocument(path)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def cover(city, number: str, item: int, words: str, text: str) -> None:
    files = {"archive": city.archive.public, "private": city.archive.private}
    city.attest("7927.410")
    start = text.index(words)
    mark = Mark("text", start, start + len(words))
    claims = [Claim("7927.410")]
    add_redaction(city.office, files, number, item, mark, actor="of", claims=claims)
    decide(city.office, number, [item], "redact", actor="of", files=files)


def test_a_preview_is_the_packet_without_its_numbers(city) -> None:
    number = city.ask()
    shown, withheld = city.collect(number, city.store("1"), city.store("2", "Zwiebelkuchen"))
    city.release(number, shown)
    city.withhold(number, withheld)
    preview = previewed(city, number)
    assert (preview.in_full, preview.covered, preview.withheld) == (1, 0, 1)
    assert not preview.leaks
    [volume] = preview.volumes
    assert volume.first == "AG-000001"
    text = text_of(packet_of(city.home, number, None, "VOL001"))
    assert "PREVIEW: nothing is produced yet" in text
    assert "The lights at the skate park are out" in text
    assert "Zwiebelkuchen" not in text
    assert preview_of(city.home, number) == preview
    made = city.produce(number)
    assert made.first_bates == "AG-000001"
    assert "PREVIEW" not in text_of(made.folder / "packet.pdf")
    assert preview_of(city.home, number) is None


def test_it_says_what_is_worth_a_look(city, people, tmp_path) -> None:
    number = city.ask()
    covered, openly = f"Call me: {PHONE}", f"Her number is {PHONE}"
    picture = people.photograph(tmp_path / "lake.jpg", 60, 40)
    first, second, third = city.collect(
        number,
        city.store("1", covered),
        city.store("2", openly),
        city.store("3", pictures=((picture, ""),)),
    )
    cover(city, number, first, PHONE, covered)
    city.release(number, second, third)
    looks = {look.kind: look for look in previewed(city, number).looks}
    assert looks["open"].items == (first,)
    assert PHONE not in looks["open"].words
    assert looks["described"].items == (third,)
    assert "earlier" not in looks


def test_what_an_earlier_volume_showed_is_told(city) -> None:
    text = f"Call me: {PHONE}"
    record = city.store("1", text)
    number = city.ask()
    [item] = city.collect(number, record)
    city.release(number, item)
    city.produce(number)
    other = city.ask("Everything about lamps.")
    [again] = city.collect(other, record)
    city.attest("7927.410")
    files = {"archive": city.archive.public, "private": city.archive.private}
    mark = Mark("text", 9, len(text))
    add_redaction(city.office, files, other, again, mark, actor="of", claims=[Claim("7927.410")])
    decide(
        *(city.office, other, [again], "redact"),
        actor="of",
        files=files,
        acknowledge_earlier=True,
        note_text="it was overlooked",
    )
    [look] = [each for each in previewed(city, other).looks if each.kind == "earlier"]
    assert look.items == (again,)
    assert "shown then, covered now" in look.words
    assert number in look.words


def test_a_decision_made_since_is_noticed(city) -> None:
    number = city.ask()
    first, second = city.collect(number, city.store("1"), city.store("2"))
    city.release(number, first, second)
    preview = previewed(city, number)
    assert preview.mark == mark_of(city.office, number, None)
    city.withhold(number, second)
    assert preview.mark != mark_of(city.office, number, None)


def test_what_cannot_be_produced_cannot_be_previewed(city) -> None:
    number = city.ask()
    [item] = city.collect(number, city.store("1"))
    with pytest.raises(RuleError, match="no decision yet"):
        previewed(city, number)
    city.release(number, item)
    city.produce(number)
    with pytest.raises(RuleError, match="nothing is new"):
        previewed(city, number)


def test_a_preview_and_a_production_do_not_run_at_once(city) -> None:
    number = city.ask()
    city.release(number, *city.collect(number, city.store("1")))
    tried = []

    def meanwhile(*_: object) -> None:
        if not tried:
            tried.append(True)
            with pytest.raises(BusyError):
                produce(city.home, city.office, city.archive, number, actor="of", now=NOW)

    previewed(city, number, progress=meanwhile)
    assert tried
    assert not [path for path in city.home.productions.iterdir() if ".making-" in path.name]


def test_previews_of_closed_requests_and_old_ones_are_removed(city) -> None:
    numbers = [city.ask(), city.ask(), city.ask()]
    for place, number in enumerate(numbers):
        city.release(number, *city.collect(number, city.store(str(place))))
        previewed(city, number)
    close_request(
        city.office, numbers[0], settings=city.home.settings(), actor="of", reason="withdrawn"
    )
    assert drop_old_previews(city.home, city.office, now="2026-11-25T18:00:00Z") == 1
    assert preview_of(city.home, numbers[0]) is None
    assert preview_of(city.home, numbers[1]) is not None
    assert drop_old_previews(city.home, city.office, now="2027-01-25T18:00:00Z") == 2


def test_a_record_put_into_quarantine_takes_its_preview_with_it(city) -> None:
    number = city.ask()
    record = city.store("1", "what a court has sealed")
    city.release(number, *city.collect(number, record))
    preview = previewed(city, number)
    assert not drop_shut_preview(city.home, city.office, number)
    files = {"archive": city.archive.public, "private": city.archive.private}
    put_in_quarantine(
        *(city.office, files, *record), actor="ph", kind="court-sealed", reason="Order 26-114"
    )
    assert mark_of(city.office, number, None) != preview.mark
    assert drop_shut_preview(city.home, city.office, number)
    assert packet_of(city.home, number, None, "VOL001") is None
