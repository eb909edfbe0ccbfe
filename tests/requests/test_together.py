"""Everything that names the author of one record, offered together and covered only when ticked."""

from __future__ import annotations

import pytest

from archiver.errors import InputError
from archiver.items import Author, AuthorRole, Kind, MediaRef, Visibility
from archiver.requests.book import Claim, add_items
from archiver.requests.redacting.bars import BarKind, redactions_of
from archiver.requests.redacting.everywhere import cover_everywhere
from archiver.requests.redacting.together import find_together

NUMBER = "2026-0001"
FROST = Author("id-4471", "jfrost", "Jo Frost", AuthorRole.PUBLIC)
CITY = Author("12", "AlderGlen", "Alder Glen", AuthorRole.AGENCY)
WORDS = "My daughter was hurt on the slide last Tuesday evening."


@pytest.fixture
def talk(office, files, store, request_made) -> None:
    """A resident writes twice, is answered, quoted and written to; somebody else writes too."""
    private = {"kind": Kind.MESSAGE, "visibility": Visibility.PRIVATE}
    url = "https://x.org/jfrost/status/19000001"
    records = [
        ("archive", store("19000001", WORDS, author=FROST, url=url)),
        ("archive", store("2", "Thank you @jfrost, we will look.", author=CITY)),
        ("archive", store("3", f"Somebody wrote: {WORDS} Awful.", author=CITY)),
        ("archive", store("4", "Frost is expected tonight.", author=CITY)),
        ("archive", store("5", "See https://x.org/jfrost/status/19000001", author=CITY)),
        ("archive", store("6", "And again", author=FROST)),
        ("private", store("7", "Please call us", author=CITY, recipients=(FROST,), **private)),
    ]
    add_items(office, files, NUMBER, records, actor="of")


def test_every_place_that_names_the_author_is_offered(office, files, talk) -> None:
    found = find_together(office, files, NUMBER, 1)
    assert {(one.item_id, one.field, one.words) for one in found} == {
        (1, "author.name", "Jo Frost"),
        (1, "author.handle", "jfrost"),
        (1, "author.id", "id-4471"),
        (1, "url", "https://x.org/jfrost/status/19000001"),
        (2, "text", "@jfrost"),
        (3, "text", WORDS),
        (5, "text", "https://x.org/jfrost/status/19000001"),
        (6, "author.name", "Jo Frost"),
        (6, "author.handle", "jfrost"),
        (6, "author.id", "id-4471"),
        (7, "recipient:1", "Jo Frost"),
    }


def test_who_may_not_see_private_records_is_offered_none(office, files, talk) -> None:
    public = {"archive": files["archive"]}
    assert 7 not in {one.item_id for one in find_together(office, public, NUMBER, 1)}
    with pytest.raises(InputError, match="no item 7"):
        find_together(office, public, NUMBER, 7)


def test_what_is_ticked_is_covered_and_nothing_else(office, files, talk) -> None:
    found = find_together(office, files, NUMBER, 1)
    chosen = [one for one in found if one.item_id in (1, 2)]
    claims = [Claim("7927.410")]
    done = cover_everywhere(office, files, NUMBER, chosen, actor="of", claims=claims)
    assert (done.covered, done.items) == (5, 2)
    assert not redactions_of(office, 3)
    again = find_together(office, files, NUMBER, 1)
    assert {one.item_id for one in again if one.covered} == {1, 2}


def test_the_pictures_of_their_profile_are_offered_and_covered_whole(
    office, files, store, talk
) -> None:
    media = (MediaRef("avatar", alt_text="A face"),)
    profile = ("archive", store("p", "About me", author=FROST, kind=Kind.PROFILE, media=media))
    add_items(office, files, NUMBER, [profile], actor="of")
    [picture] = [one for one in find_together(office, files, NUMBER, 1) if one.field == "media:1"]
    assert (picture.item_id, picture.covered) == (8, False)
    cover_everywhere(office, files, NUMBER, [picture], actor="of", claims=[Claim("7927.410")])
    [bar] = redactions_of(office, 8)
    assert (bar.field, bar.kind) == ("media:1", BarKind.MEDIA)
    again = find_together(office, files, NUMBER, 1)
    assert [one.covered for one in again if one.field == "media:1"] == [True]
