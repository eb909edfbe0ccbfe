"""The names of code pages and of the character sets of fonts, as Windows numbers them."""

from __future__ import annotations

import codecs

WESTERN = "cp1252"
_NAMED = {65001: "utf-8", 10000: "mac_roman"}
_PAGES_OF_SETS = {
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gbk",
    136: "cp950",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
    255: "cp850",
}


def encoding_of(page: object) -> str:
    """The name of a code page, Windows' western one where it is not known."""
    if not isinstance(page, int):
        return WESTERN
    try:
        return codecs.lookup(_NAMED.get(page, f"cp{page}")).name
    except LookupError:
        return WESTERN


def encoding_of_set(charset: int) -> str:
    """The name of the code page a font's character set (RTF 1.9.1, `\\fcharset`) stands for."""
    return _PAGES_OF_SETS.get(charset, WESTERN)
