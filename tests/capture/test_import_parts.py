"""Several files are one import only where they are of one account."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from archiver.demo.facebook_download import Layout, write_facebook_download
from archiver.demo.meta_story import MetaAccount
from archiver.errors import InputError
from archiver.register.accounts import Account
from tests.capture.import_home import ACCOUNT_ROW, count, imported, new_home

CITY = MetaAccount()
SOMEBODY = MetaAccount(
    name="Rosalind Quince", handle="rosalindquince", number="100000777", before=""
)


def account() -> Account:
    return replace(
        ACCOUNT_ROW,
        platform="facebook",
        handle=CITY.handle,
        native_id=None,
        display_name=CITY.name,
    )


@pytest.mark.parametrize("attested", ["", "downloaded by the clerk on 2 November 2026"])
def test_a_personal_download_does_not_come_in_beside_the_citys(
    tmp_path: Path, attested: str
) -> None:
    home = new_home(tmp_path / "home")
    own = write_facebook_download(tmp_path / "a.zip", Layout.PAGE, 20)
    other = write_facebook_download(
        tmp_path / "b.zip", Layout.PROFILE, 20, account=SOMEBODY, seed=1
    )
    with pytest.raises(InputError, match=r"b\.zip is the download of .*Rosalind Quince"):
        imported(home, [own.path, other.path], account(), attested=attested)
    assert count(home, "records") == 0
