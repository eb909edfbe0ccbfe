"""archiver letters: checking and attesting texts, writing, showing, marking as sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from archiver.cli import main


class Shell:
    """Runs commands in one home and keeps what they printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str], home: Path) -> None:
        self.capsys = capsys
        self.home = home
        self.err = ""

    def run(self, *words: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as ended:
            main(["--home", str(self.home), *words])
        captured = self.capsys.readouterr()
        self.err = captured.err
        assert (ended.value.code or 0) == code, captured.err or captured.out
        assert "Traceback" not in captured.err
        return captured.out

    def json(self, *words: str, code: int = 0) -> Any:
        return json.loads(self.run(*words, "--json", code=code))


@pytest.fixture
def shell(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Shell:
    """A home with one request in it, on 20 November 2026."""
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-20T18:00:00Z")
    made = Shell(capsys, tmp_path / "home")
    made.run("init", str(made.home), "--agency", "City of Alder Glen", "--schedule", "palm-desert")
    made.run(
        *("requests", "new", "--text", "All posts about the pond.", "--requester", "G. Ostrander"),
        *("--contact", "gwen@example.org", "--received", "2026-11-16T09:12"),
    )
    return made


def test_a_letter_from_its_text_to_the_counter(shell: Shell, tmp_path: Path) -> None:
    texts = shell.json("letters", "list")
    assert len(texts) == 14
    assert all(each["attested"] is None for each in texts)
    write = ("letters", "write", "2026-0001", "acknowledgement", "--signer", "O. Farrow, Clerk")
    draft = tmp_path / "draft.pdf"
    told = shell.json(*write, "--draft", str(draft))
    assert told["missing"] == [] and told["attested"] is False
    assert draft.read_bytes().startswith(b"%PDF")
    shell.run(*write, code=8)
    assert "has not attested the text of the acknowledgement/en letter" in shell.err
    shell.run("letters", "attest", "acknowledgement", "--attorney", "P. Haldane")
    letter = shell.json(*write)
    assert "Wednesday, November 25, 2026" in letter["text"]
    pdf, eml = tmp_path / "letter.pdf", tmp_path / "letter.eml"
    shown = shell.run("letters", "show", "1", "--pdf", str(pdf), "--eml", str(eml))
    assert letter["sha256"] in shown
    assert pdf.read_bytes().startswith(b"%PDF")
    assert b"To: gwen@example.org" in eml.read_bytes()
    shell.run("letters", "send", "1", code=1)
    assert "no mail server is set" in shell.err
    shell.run("letters", "mark-sent", "1", "--by", "counter", "--note", "at the window")
    listed = shell.json("letters", "list", "2026-0001")
    assert listed[0]["last_step"]["how"] == "counter"
    assert "sent (counter)" in shell.run("letters", "list", "2026-0001")


def test_what_is_missing_is_refused_in_one_line(shell: Shell) -> None:
    shell.run("letters", "attest", "--all", "--attorney", "P. Haldane")
    write = ("letters", "write", "2026-0001")
    shell.run(*write, "denial", "--signer", "O. Farrow, Clerk", code=8)
    assert "nothing is withheld" in shell.err
    shell.run(*write, "fees", "--signer", "A, B", "--cost", "redaction:3:45", code=8)
    assert "Hayward" in shell.err
    shell.run(*write, "poem", "--signer", "A, B", code=5)
    shell.run(*write, "extension", "--signer", "A, B", "--set", "colour=red", code=2)
    shell.run("letters", "show", "9", code=5)
    shell.run("letters", "attest", "--attorney", "P. Haldane", code=2)


def test_check_names_each_fault_with_its_line(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "en"
    folder.mkdir()
    text = folder / "closing.txt"
    text.write_text("Subject: Bye\n{{ reason|upper }}\n", "utf-8")
    out = shell.run("letters", "check", str(text), code=8)
    assert f"{text}:2: filter is not allowed" in out
    text.write_text("Subject: Bye\n{{ reason }} {{ colour }}\n", "utf-8")
    found = shell.json("letters", "check", str(text), code=8)
    assert any("no variable 'colour'" in each["text"] for each in found["faults"])
    text.write_text("Subject: Bye\n{{ reason }} {{ free }}\n", "utf-8")
    assert "no fault" in shell.run("letters", "check", str(text))
