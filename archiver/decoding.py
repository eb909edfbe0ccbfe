"""Reading JSON, MessagePack and tables as the types they are kept as.

What msgspec has to know of a type it works out the first time the type is asked for, and two
threads that ask for one at the same time for the first time crash the whole process (seen with
0.22 in the desk). So all readers are made here, one at a time, when the modules that use them are
loaded.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import msgspec

_T = TypeVar("_T")
_ONE_AT_A_TIME = threading.Lock()


def decoder(kind: type[_T]) -> Callable[[bytes | str], _T]:
    """What reads JSON as a type. Raises msgspec.DecodeError where the text is none, its subclass
    msgspec.ValidationError where it is of another shape."""
    with _ONE_AT_A_TIME:
        return msgspec.json.Decoder(kind).decode


def unpacker(kind: Any) -> Callable[[bytes], Any]:
    """What reads MessagePack as a type or one of several (`A | B`). Raises as `decoder`."""
    with _ONE_AT_A_TIME:
        return msgspec.msgpack.Decoder(kind).decode


def converter(kind: type[_T]) -> Callable[[object], _T]:
    """What makes plain values (of a TOML file, say) into a type. Raises msgspec.ValidationError
    where they are of another shape."""
    decoder(kind)
    return partial(msgspec.convert, type=kind)
