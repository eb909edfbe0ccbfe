"""Rules of the house that no other test would notice."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import archiver
from archiver import errors

ROOT = Path(__file__).resolve().parents[1]


def test_the_datasette_folder_does_not_hide_the_installed_package() -> None:
    assert not (ROOT / "datasette" / "__init__.py").exists()
    found = subprocess.run(
        [sys.executable, "-c", "import datasette; print(datasette.__version__)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == "1.0a41"


def test_lock_files_hold_hashes_and_no_address() -> None:
    for lock in (ROOT / "requirements").glob("*.lock"):
        text = lock.read_text("utf-8")
        assert "://" not in text, lock.name
        for line in text.splitlines():
            if line and not line.startswith((" ", "#")):
                assert "==" in line and line.endswith("\\"), f"{lock.name}: {line}"


def test_every_locked_program_dependency_is_locked_for_the_tests_too() -> None:
    def pins(name: str) -> set[str]:
        lines = (ROOT / "requirements" / name).read_text("utf-8").splitlines()
        return {line.split(" ")[0] for line in lines if "==" in line and not line.startswith(" ")}

    assert pins("run.lock") <= pins("test.lock")


def test_exit_codes_are_the_documented_ones() -> None:
    from archiver.cli.main import EXIT_CODES

    codes = {
        kind.exit_code
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.ArchiverError)
    }
    for code in codes:
        assert f"\n  {code:<4}" in EXIT_CODES, code


def test_every_room_stands_in_the_contract_of_imports() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    layers = " ".join(settings["tool"]["importlinter"]["contracts"][0]["layers"])
    package = Path(archiver.__file__).parent
    for room in package.iterdir():
        named = room.is_dir() and (room / "__init__.py").exists()
        if named and not room.name.startswith("_"):
            assert f"archiver.{room.name}" in layers, room.name


BUILT_IN = {"bool", "bytes", "dict", "float", "int", "list", "msgspec", "str", "tuple", "Any"}
READS = re.compile(r"msgspec\.(json|msgpack|toml|yaml)\.(decode|Decoder)|msgspec\.convert")
MAKERS = {"decoder", "unpacker", "converter"}


def test_no_type_is_asked_of_msgspec_for_the_first_time_by_two_threads() -> None:
    """See `archiver.decoding`: it makes the readers of types, when a module is loaded."""
    found = []
    for path in Path(archiver.__file__).parent.rglob("*.py"):
        if path.name == "decoding.py":
            continue
        for top in ast.parse(path.read_text("utf-8")).body:
            late = isinstance(top, ast.FunctionDef | ast.ClassDef)
            calls = [one for one in ast.walk(top) if isinstance(one, ast.Call)]
            found += [
                f"{path.name}:{call.lineno}"
                for call in calls
                if _works_out_a_type(call) or (late and ast.unparse(call.func) in MAKERS)
            ]
    assert found == []


def _works_out_a_type(call: ast.Call) -> bool:
    what = ast.unparse(call.func)
    if not READS.fullmatch(what):
        return False
    types = [word.value for word in call.keywords if word.arg == "type"]
    types += call.args if what.endswith("Decoder") else call.args[1:]
    parts = [one for each in types for one in ast.walk(each)]
    return any(isinstance(one, ast.Name) and one.id not in BUILT_IN for one in parts)
