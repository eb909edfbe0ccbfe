"""Wrong words, broken pipes and signals: one line, the right exit code, never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from archiver.cli import main
from archiver.cli.main import COMMANDS, Commands, cli
from archiver.config import Home

CALL = [sys.executable, "-m", "archiver"]


def run(*words: str, **surroundings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*CALL, *words],
        env={"PATH": os.environ["PATH"], **surroundings},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_listed_command_is_there_and_explains_itself(name: str) -> None:
    assert isinstance(cli, Commands)
    with click.Context(cli) as context:
        found = cli.get_command(context, name)
    assert found is not None
    assert found.name == name
    assert found.help


def test_a_list_of_commands_loads_none_of_them() -> None:
    code = (
        "import sys; from archiver.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "assert not {'sqlite_utils', 'reportlab', 'httpx'} & set(sys.modules), sys.modules.keys()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert all(f"\n  {name} " in done.stdout for name in COMMANDS)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["acounts"], "archiver accounts"),
        (["--hoem", "x", "status"], "archiver --help"),
        (["accounts", "add", "x"], "archiver accounts add --help"),
        (["accounts", "ad"], "archiver accounts --help"),
        (["search", "--order", "sideways"], "archiver search --help"),
        (["import", "no-such-file.zip", "--account", "x"], "does not exist"),
    ],
)
def test_wrong_words_are_answered_in_one_line(
    words: list[str], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.startswith("archiver: ")
    assert said.count("\n") == 1
    assert hint in said


def test_a_reader_that_stops_early_is_no_error(home: Home) -> None:
    first = subprocess.Popen(
        [*CALL, "--home", str(home.path), "requests", "exemptions", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert first.stdout is not None
    assert first.stderr is not None
    first.stdout.close()
    assert (first.wait(), first.stderr.read()) == (0, b"")
    first.stderr.close()


def test_a_terminal_without_unicode_gets_characters_escaped(home: Home) -> None:
    made = run(
        *("--home", str(home.path), "requests", "new", "--text", "café 公园"),
        LC_ALL="C",
        PYTHONCOERCECLOCALE="0",
        PYTHONUTF8="0",
    )
    assert (made.returncode, made.stderr) == (0, "")


def test_text_that_is_not_utf_8_is_taken_with_its_replacement_marks(
    home: Home, tmp_path: Path
) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_bytes("Please send me the café posts.\n".encode("latin-1"))
    made = run("--home", str(home.path), "requests", "new", "--text-file", str(letter))
    assert made.returncode == 0, made.stderr
    piped = subprocess.run(
        [*CALL, "--home", str(home.path), "requests", "new", "--text", "-", "--json"],
        input=letter.read_bytes(),
        capture_output=True,
        check=False,
    )
    assert piped.returncode == 0, piped.stderr
    assert "caf\ufffd" in piped.stdout.decode("utf-8")


def test_nothing_in_a_home_is_open_to_everybody(tmp_path: Path) -> None:
    home = tmp_path / "city hall" / "home"
    made = subprocess.run(
        [*CALL, "init", str(home), "--agency", "City of Alder Glen", "--schedule", "palm-desert"],
        umask=0,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    assert f"--home '{home}' nightly" in made.stdout
    subprocess.run(
        [*CALL, "--home", str(home), "nightly"], umask=0, capture_output=True, check=True
    )
    open_to_all = [path for path in home.rglob("*") if path.stat().st_mode & 0o007]
    assert not open_to_all
    assert list(home.glob("logs/nightly-*.log"))
