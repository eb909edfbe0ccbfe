"""Whatever stands in a download of whatever layout: an import adds up, the archive verifies, and
the same content a second time is nothing new."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.archive.verify import verify
from archiver.demo.plain_download import PLAIN_ACCOUNT
from archiver.errors import ArchiverError
from archiver.exports import ahead
from archiver.exports.identity import Identity
from archiver.exports.known import recognise
from archiver.exports.reader import open_download
from archiver.register.accounts import Account
from tests.capture.import_home import ACCOUNT_ROW, imported, new_home
from tests.capture.odd_values import LAYOUTS, with_odd_values


@pytest.fixture(autouse=True)
def _in_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "WORTH_IT", 1 << 60)


@settings(max_examples=60)
@given(layout=st.sampled_from(LAYOUTS), seed=st.integers(0, 1 << 32))
def test_any_value_anywhere_is_imported_once_or_refused_in_one_line(layout: str, seed: int) -> None:
    files = with_odd_values(layout, random.Random(seed))
    with TemporaryDirectory() as place:
        folder = Path(place)
        try:
            path = zipped(folder / "a.zip", files)
            account = account_of(path, layout)
            home = new_home(folder / "home")
            report = imported(home, path, account, attested="fetched by IT")
        except ArchiverError as refused:
            assert "\n" not in str(refused)
            return
        assert [file.member for file in report.files if not file.balanced] == []
        assert verify(home).findings == []
        packed_anew = zipped(folder / "b.zip", {**files, "zz-note.bin": b"x"})
        again = imported(home, packed_anew, account, attested="fetched by IT")
        assert (again.total.stored, again.total.versions) == (0, 0)
        assert verify(home).findings == []


def zipped(path: Path, files: Mapping[str, bytes]) -> Path:
    """A zip of these files."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return path


def account_of(path: Path, layout: str) -> Account:
    """The account a download says it is of."""
    platform = layout.split()[0].removesuffix("-text")
    with open_download(path) as reader:
        found = recognise(reader)
        whose = found[0].open(reader).identity if found else Identity()
    return replace(
        ACCOUNT_ROW,
        platform=PLAIN_ACCOUNT.platform if platform == "plain" else platform,
        handle=_registered(whose.handle) or ACCOUNT_ROW.handle,
        native_id=_registered(whose.native_id),
        display_name=_registered(whose.display_name) or "City",
    )


def _registered(text: str | None) -> str | None:
    """As the register could hold it: half an emoji is entered nowhere."""
    return text and text.encode("utf-8", "replace").decode()
