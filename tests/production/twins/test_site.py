"""The site reads from disk, leads nowhere by itself, and takes no word for markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from archiver.production.cells import printable

VOID = {"meta", "link", "img", "input", "br"}
KNOWN = VOID | {
    *("a", "article", "audio", "bdi", "blockquote", "body", "caption", "dd", "del", "details"),
    *("div", "dl", "dt", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "head"),
    *("header", "html", "label", "li", "main", "nav", "p", "script", "section", "small"),
    *(
        "span",
        "summary",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "time",
        "title",
        "tr",
        "ul",
        "video",
    ),
}


class Page(HTMLParser):
    """What a page holds: its elements, and what each of its records says."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.said: dict[str, str] = {}
        self._open: list[tuple[str, str]] = []
        self._record = ""
        self.feed(text)
        self.close()
        assert not self._open, self._open

    def handle_starttag(self, tag, attrs):
        assert len({name for name, _ in attrs}) == len(attrs)
        found = {name: value or "" for name, value in attrs}
        self.elements.append((tag, found))
        if tag == "article":
            self._record = found["id"]
            self.said[self._record] = ""
        if tag not in VOID:
            shown = "hidden" if found.get("aria-hidden") == "true" else found.get("class", "")
            self._open.append((tag, shown))

    def handle_endtag(self, tag):
        assert self._open.pop()[0] == tag

    def handle_data(self, data):
        if ("div", "said") in self._open and ("span", "hidden") not in self._open:
            self.said[self._record] += data


@pytest.fixture(scope="module")
def pages(made) -> dict[Path, Page]:
    site = made.folder / "site"
    return {path: Page(path.read_text("utf-8")) for path in sorted(site.rglob("*.html"))}


def test_every_record_stands_on_one_page_with_its_words(made, pages) -> None:
    said: dict[str, str] = {}
    for page in pages.values():
        assert not said.keys() & page.said.keys()
        said |= page.said
    wanted = {f"r{n}": printable(text) for n, text in enumerate(made.texts, 1)}
    # a reader of HTML reads every line break as one
    assert said == {mark: re.sub("\r\n?", "\n", text) for mark, text in wanted.items()}


def test_no_word_becomes_markup(pages) -> None:
    for path, page in pages.items():
        for tag, found in page.elements:
            assert tag in KNOWN, (path.name, tag)
            assert not [name for name in found if name.startswith("on") or name == "style"]
        scripts = [found for tag, found in page.elements if tag == "script"]
        assert scripts in ([], [{"src": "filter.js", "defer": ""}])
        policy = next(f["content"] for _, f in page.elements if "http-equiv" in f)
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy


def test_links_lead_to_files_of_the_volume_or_to_the_web(made, pages) -> None:
    beside = {"packet.pdf", "verify.html", "manifest.json"}
    for path, page in pages.items():
        for tag, found in page.elements:
            for name in ("href", "src"):
                where = found.get(name)
                if where is None or where.startswith("#"):
                    continue
                if re.match(r"https?://", where):
                    assert tag == "a"
                    assert found["rel"] == "noopener noreferrer nofollow"
                    continue
                assert ":" not in where, where
                file, _, mark = where.partition("#")
                target = (path.parent / file).resolve()
                assert target.is_relative_to(made.folder.resolve())
                assert target.exists() or target.name in beside, where
                if mark:
                    assert mark in {f.get("id") for _, f in pages[target].elements}, where


def test_file_names_carry_page_numbers_and_nothing_else(made) -> None:
    for folder in ("site/records", "messages", "media"):
        for path in (made.folder / folder).iterdir():
            assert re.fullmatch(r"AG-\d{6}(\.\d+|-\d+)?\.(html|eml|jpg|png)", path.name)


def test_every_bar_has_one_width_and_its_law(made, pages) -> None:
    texts = [path.read_text("utf-8") for path in pages]
    bars = {
        bar for text in texts for bar in re.findall(r'<span class="bar">.*?</span></span>', text)
    }
    assert len(bars) == 2
    assert any("[Redacted: Gov. Code § 7927.705; Evid. Code § 1040]" in bar for bar in bars)
    style = (made.folder / "site/style.css").read_text("utf-8")
    assert re.search(r"\.bar \{[^}]*width: [\d.]+rem", style)


def test_pictures_are_described_and_texts_have_their_language_and_direction(pages) -> None:
    images = [f for page in pages.values() for tag, f in page.elements if tag == "img"]
    assert images
    assert all(image["alt"] for image in images)
    texts = [
        found
        for page in pages.values()
        for tag, found in page.elements
        if tag == "div" and "said" in found.get("class", "").split()
    ]
    assert all(text["dir"] == "auto" for text in texts)
    assert {"ar", "zh-Hans", "pa", "es"} <= {text.get("lang") for text in texts}


def test_the_parts_say_what_the_packet_says(made, pages) -> None:
    site = made.folder / "site"
    words = {path.name: path.read_text("utf-8") for path in pages}
    for number, one in enumerate(made.release.withheld, 1):
        assert f'id="sheet-{number}"' in words["withheld.html"]
        assert all(citation in words["withheld.html"] for citation in one.citations)
    assert "the same as the record on page" in words["withheld.html"]
    assert "A home telephone number." in words["redactions.html"]
    assert "&lt;b&gt;Bo&lt;/b&gt;" in words["lists.html"]
    assert "summer camp" in words["search.html"]
    assert "data/records.jsonl" in words["check.html"]
    assert (site / "index.html").read_text("utf-8").count('<th scope="row"') == len(made.texts)


def test_a_long_conversation_takes_several_pages(people, twins) -> None:
    records = [people.record("1", "First", thread="t")]
    records += [
        people.resident(str(n), f"Answer {n}", n, thread="t", parent="1") for n in range(2, 206)
    ]
    made = twins(*records)
    found = sorted((made.folder / "site/records").iterdir())
    assert len(found) == 2
    assert found[1].read_text("utf-8").count("<article") == 5
    assert f'href="{found[0].name}#r1"' in found[1].read_text("utf-8")


def test_a_practice_volume_and_a_draft_say_so_on_every_page(people, twins) -> None:
    made = twins(people.record("1", "x"), draft="DRAFT: one section is not attested")
    for path in (made.folder / "site").rglob("*.html"):
        assert "DRAFT: one section is not attested" in path.read_text("utf-8")


def test_a_volume_without_records_has_its_twins_too(twins) -> None:
    made = twins()
    assert "No record is released" in (made.folder / "site/index.html").read_text("utf-8")
    assert made.lines == []
