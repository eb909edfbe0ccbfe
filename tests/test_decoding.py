"""Readers of types, asked for by several threads at once."""

from __future__ import annotations

import subprocess
import sys

import msgspec
import pytest

from archiver.decoding import converter, decoder, unpacker

MANY_THREADS_ASK = '''
from __future__ import annotations
import sys, threading, types
import msgspec
from archiver.decoding import converter

SOURCE = """
from __future__ import annotations
import msgspec
class Inner(msgspec.Struct, frozen=True):
    x: int
    y: str | None = None
class Middle(msgspec.Struct, frozen=True):
    inner: Inner
    more: list[Inner] = []
    named: dict[str, Inner] = {}
class Outer(msgspec.Struct, frozen=True):
    middle: Middle
    inner: Inner
    others: tuple[Middle, ...] = ()
"""
VALUE = {"middle": {"inner": {"x": 1}}, "inner": {"x": 2}}
sys.setswitchinterval(1e-6)
for number in range(400):
    module = types.ModuleType(f"shapes{number}")
    sys.modules[module.__name__] = module
    exec(SOURCE, module.__dict__)
    for name in ("Inner", "Middle", "Outer"):
        getattr(module, name).__module__ = module.__name__
    together = threading.Barrier(4)

    def ask(kind=module.Outer):
        together.wait()
        assert converter(kind)(VALUE).inner.x == 2

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
'''


class Shape(msgspec.Struct):
    name: str
    count: int = 0


def test_threads_that_ask_for_new_types_at_the_same_time_do_not_crash_the_process() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", MANY_THREADS_ASK],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_values_are_read_as_the_type_or_refused() -> None:
    assert converter(Shape)({"name": "a"}) == Shape("a")
    assert decoder(Shape)(b'{"name": "a", "count": 2}') == Shape("a", 2)
    assert unpacker(Shape)(msgspec.msgpack.encode(Shape("a", 3))) == Shape("a", 3)
    with pytest.raises(msgspec.ValidationError, match="count"):
        decoder(Shape)('{"name": "a", "count": "two"}')
    with pytest.raises(msgspec.ValidationError, match="name"):
        converter(Shape)({})
