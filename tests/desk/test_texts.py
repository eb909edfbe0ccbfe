"""Messages on a page."""

from __future__ import annotations

import pytest

from archiver.desk.texts import sentence


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("the file is empty", "The file is empty"),
        ("minutes.docx is no download", "minutes.docx is no download"),
        ("data/tweets.js: not read", "data/tweets.js: not read"),
        ("@glen is registered", "@glen is registered"),
        ("écoute", "Écoute"),
        ("", ""),
    ],
)
def test_a_message_begins_with_a_large_letter_unless_with_a_name(told: str, shown: str) -> None:
    assert sentence(told) == shown
