"""The page in every volume checks it in a browser, offline, and agrees with the command."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from archiver.errors import InputError
from archiver.production.verify import verify_packet
from tests.production.conftest import NOW
from tests.production.proof.sealed_packet import SealedPacket, make_packet, zipped

pytestmark = pytest.mark.servers
DONE = "html[data-state=done]"
VERDICT = "[data-verdict]"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SealedPacket]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARCHIVER_NOW", NOW)
        packet = make_packet(tmp_path_factory.mktemp("sealed"))
    yield packet
    packet.authority.close()


@pytest.fixture
def volume(made: SealedPacket, tmp_path: Path) -> Path:
    """A copy of the folder, its proof beside it."""
    shutil.copy(made.proof, tmp_path)
    return Path(shutil.copytree(made.folder, tmp_path / "VOL001"))


@pytest.fixture(scope="module")
def page(chromium: Browser, made: SealedPacket) -> Iterator[Page]:
    """The page as it opens from the disk; whatever it asks of a network fails the test."""
    context = chromium.new_context(viewport={"width": 1200, "height": 900}, offline=True)
    opened = context.new_page()
    troubles: list[str] = []
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on("console", lambda said: troubles.append(said.text))
    opened.on("request", lambda asked: troubles.append(asked.url))
    opened.goto((made.folder / "verify.html").as_uri())
    troubles.clear()
    yield opened
    assert [each for each in troubles if not each.startswith("blob:")] == []
    context.close()


def on_the_page(page: Page, *chosen: Path) -> tuple[str, set[str]]:
    """The verdict and the findings about what is chosen."""
    if page.get_by_role("button", name="Begin again").is_visible():
        page.get_by_role("button", name="Begin again").click()
    for path in chosen:
        page.set_input_files("#folder" if path.is_dir() else "#files", str(path))
        page.wait_for_selector(DONE)
    (verdict,) = page.eval_on_selector_all(VERDICT, "all => all.map(one => one.dataset.verdict)")
    findings = page.eval_on_selector_all(".findings li", "all => all.map(one => one.textContent)")
    return verdict, set(findings)


def by_the_command(packet: Path) -> tuple[str, set[str]]:
    """The same by the command."""
    try:
        (check,) = verify_packet(packet)
    except InputError:
        return "refused", set()
    kind = "wrong" if check.findings else "right" if check.proven else "files only"
    return kind, set(check.findings)


def alike(page: Page, volume: Path) -> tuple[str, set[str]]:
    """The verdict of both, which has to be the same."""
    shown = on_the_page(page, volume, volume.with_name("VOL001.proof.json"))
    assert shown == by_the_command(volume)
    return shown


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_a_good_volume_is_green_as_a_folder_and_as_a_zip(
    page: Page, volume: Path, made: SealedPacket
) -> None:
    assert alike(page, volume) == ("right", set())
    assert "nothing was changed" in page.inner_text(".verdict.ok")
    assert page.locator("tr", has_text="Record 2").locator(".badge.ok").count() == 1
    assert on_the_page(page, made.zip, made.proof) == ("right", set())
    assert on_the_page(page, made.zip)[0] == "files only"


def test_a_flipped_byte_in_every_kind_of_file_is_named(page: Page, volume: Path) -> None:
    for path in sorted(volume.rglob("*")):
        if path.is_file() and path.name != "manifest.json":
            before = path.read_bytes()
            flip(path, len(before) // 2)
            verdict, findings = alike(page, volume)
            name = path.relative_to(volume).as_posix()
            assert verdict == "wrong"
            assert f"{name} was changed since it was produced" in findings
            path.write_bytes(before)


def test_a_flipped_byte_in_manifest_and_proof_is_named(page: Page, volume: Path) -> None:
    manifest, proof = volume / "manifest.json", volume.with_name("VOL001.proof.json")
    for path, places in (
        (manifest, (b"Alder", b'"format"', b'"data/records.csv"', b'"size"')),
        (proof, (b'"root', b'"path":["', b'"content"', b'"signed":"archiver prod', b'"sha256":"')),
    ):
        before = path.read_bytes()
        for place in places:
            flip(path, before.index(place) + len(place) - 1)
            verdict, findings = alike(page, volume)
            assert verdict == "refused" or any(path.name in each for each in findings), place
            path.write_bytes(before)


def test_what_was_left_out_added_or_reworded_is_named(page: Page, volume: Path) -> None:
    (volume / "more.txt").write_text("<img src=x onerror=alert(1)>")
    (volume / "data" / "records.csv").unlink()
    data = volume / "data" / "records.jsonl"
    data.write_text(data.read_text("utf-8").replace("I agree", "<b>I</b>"), "utf-8")
    _, findings = alike(page, volume)
    assert {"data/records.csv is missing", "more.txt does not belong to it"} <= findings
    said = "text in the data file is not what the city sealed"
    assert any(each.startswith("record 3 (page ") and each.endswith(said) for each in findings)


def test_a_proof_with_other_words_and_right_hashes_is_found(page: Page, volume: Path) -> None:
    from hashlib import sha256

    proof = volume.with_name("VOL001.proof.json")
    before = proof.read_bytes()
    for old, new in (
        (b"skate park", b"water park"),
        (b'"index":', b'"index":1'),
        (b'"sealed_at":"2026-11-18', b'"sealed_at":"2026-11-17'),
        (b'"sheet":1', b'"sheet":2'),
        (b'"first_page":"AG-00000', b'"first_page":"AG-00001'),
        (b'"media":"closed"', b'"text":"closed"'),
        (b'"manifest\\":\\"', b'"manifest\\":\\"0'),
    ):
        changed = before[: before.rindex(b'"sha256"')].replace(old, new, 1)
        end = b'"sha256":"%s"}\n' % sha256(changed).hexdigest().encode()
        proof.write_bytes(changed + end)
        verdict, _ = alike(page, volume)
        assert verdict == "wrong", old


def test_a_flipped_byte_anywhere_in_a_zip_is_judged_alike(page: Page, volume: Path) -> None:
    path = zipped(volume)
    before = path.read_bytes()
    central = before.index(b"PK\x01\x02")
    for at in (35, central + 8, central + 17, central + 42, central + 48, len(before) // 2):
        flip(path, at)
        assert alike(page, path)[0] in ("wrong", "refused"), at
        path.write_bytes(before)


def test_a_zip_that_is_not_honest_is_refused(page: Page, volume: Path) -> None:
    import zipfile

    for name in ("VOL001/../outside", "VOL001/data/RECORDS.csv"):
        path = zipped(volume)
        with zipfile.ZipFile(path, "a") as opened:
            opened.writestr(name, "x")
        assert on_the_page(page, path)[0] == by_the_command(path)[0] == "refused"


def test_the_page_hashes_as_everybody_does_where_it_has_no_web_crypto(page: Page) -> None:
    from hashlib import sha256

    for size in (0, 1, 55, 56, 63, 64, 65, 1_000, 5_001):
        data = bytes(number * 7 & 255 for number in range(size))
        found = page.evaluate(
            "data => hex(new Sha256().update(Uint8Array.from(data)).digest())", list(data)
        )
        assert found == sha256(data).hexdigest(), size


def test_the_page_is_good_for_everybody(
    page: Page, volume: Path, axe: str, chromium: Browser
) -> None:
    for scheme, width in (("light", 320), ("dark", 1200)):
        context = chromium.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True
        )
        opened = context.new_page()
        opened.goto((volume / "verify.html").as_uri())
        opened.keyboard.press("Tab")
        opened.keyboard.press("Tab")
        assert opened.evaluate("document.activeElement.id") == "pick-folder"
        on_the_page(opened, volume, volume.with_name("VOL001.proof.json"))
        opened.locator("summary", has_text="Files").click()
        opened.evaluate(axe)
        broken = opened.evaluate("async () => (await axe.run()).violations")
        assert [(one["id"], one["nodes"][0]["html"]) for one in broken] == []
        assert opened.evaluate("document.body.scrollWidth") <= width
        context.close()


def test_the_page_says_where_it_cannot_check_the_signature(chromium: Browser, volume: Path) -> None:
    context = chromium.new_context()
    opened = context.new_page()
    opened.add_init_script(
        "crypto.subtle.importKey = async () => { throw new DOMException('', 'NotSupportedError') }"
    )
    opened.goto((volume / "verify.html").as_uri())
    assert on_the_page(opened, volume, volume.with_name("VOL001.proof.json"))[0] == "right"
    assert "cannot check the city’s signature" in opened.inner_text(".verdict.warn")
    context.close()


def test_the_page_holds_no_data_and_asks_nobody(made: SealedPacket) -> None:
    page = (made.folder / "verify.html").read_text("utf-8")
    listed = json.loads((made.folder / "manifest.json").read_text("utf-8"))
    for word in (listed["agency"], listed["request"], "Alder"):
        assert word not in page
    assert "default-src 'none'" in page
    words: Any = page.replace("http://www.w3.org/2000/svg", "")
    assert "http://" not in words and "https://" not in words
