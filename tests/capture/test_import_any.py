"""Any content at all: an import takes it, adds up, verifies, and takes it a second time for nothing
new."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from archiver.archive.verify import verify
from tests.capture.import_home import imported, new_home
from tests.exports.test_any_content import NAMES, VALUES
from tests.exports.x_downloads import account, write_zip


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(st.sampled_from(NAMES), st.lists(VALUES, max_size=4), max_size=6),
    st.lists(VALUES, max_size=4),
)
@example({"periscope-profile-description": [None, {"description": False}]}, [])
@example(
    {"block": [{"accountId": "\0"}], "follower": [{"accountId": "1\0"}, {"accountId": "1"}]}, []
)
def test_any_content_is_imported_once(content: dict[str, list[Any]], posts: list[Any]) -> None:
    content["tweets"] = [
        {"tweet": {"id": str(number), "full_text": json.dumps(value), "more": value}}
        for number, value in enumerate(posts, start=1)
    ]
    files = {"data/account.js": account()}
    for name, elements in content.items():
        start = f"window.YTD.{name.replace('-', '_')}.part0 = "
        files[f"data/{name}.js"] = start.encode() + json.dumps(elements).encode()
    with tempfile.TemporaryDirectory() as folder:
        home = new_home(Path(folder) / "home")
        report = imported(home, write_zip(Path(folder) / "a.zip", files))
        assert all(file.balanced for file in report.files)
        found = verify(home)
        assert found.ok, found.findings[:3]
        packed_anew = write_zip(Path(folder) / "b.zip", {**files, "data/README.txt": b"x"})
        again = imported(home, packed_anew)
        assert (again.total.stored, again.total.versions) == (0, 0)
