"""The fields of an element (`string_map_data`, `label_values`), named in the account's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from archiver.exports.meta.told import rows, table, text

COMMENT = ("Comment", "Comentario", "Text", "Texto")
OWNER = ("Media Owner", "Propietario del contenido multimedia", "Propietario", "Owner", "Username")
TIME = ("Time", "Hora", "Fecha", "Date", "Creation Time")
USERNAME = ("Username", "Nombre de usuario", "Nome utente", "帐号", "Имя пользователя")
NAME = ("Name", "Nombre", "Nome", "姓名", "Имя")
BIO = ("Bio", "Biografía", "Presentación", "Biography", "Biografia", "个性签名", "自己紹介")
WEBSITE = ("Website", "Sitio web", "Link", "Enlace", "リンク")
CHANGED = ("Changed", "Cambio", "Modificado")
BEFORE = ("Previous Value", "Valor anterior")
AFTER = ("New Value", "Valor nuevo", "Nuevo valor")
CHANGED_AT = ("Change Date", "Fecha del cambio", "Fecha de modificación")
"""The names of fields, in English, Spanish and as downloads in other languages were seen to have
them. Others are told by their place."""


def fields(value: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The fields of an element by their names, whichever of the two forms it has."""
    named = {name: table(one) for name, one in table(value.get("string_map_data")).items()}
    for label in rows(value.get("label_values")):
        name = text(label.get("label")) or text(label.get("title"))
        named.setdefault(name, label)
    return named


def field(named: Mapping[str, Mapping[str, Any]], names: tuple[str, ...]) -> str:
    """The text of the first field that has one of these names, in any case of letters."""
    for name in names:
        for key, one in named.items():
            if key.casefold() == name.casefold():
                found = text(one.get("value")) or text(one.get("href"))
                if found:
                    return found
    return ""


def timestamps(named: Mapping[str, Mapping[str, Any]]) -> Iterator[Any]:
    """The times in the fields."""
    for one in named.values():
        found = one.get("timestamp") or one.get("timestamp_value")
        if found:
            yield found


def values(named: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The texts of the fields, in their order."""
    return [found for one in named.values() if (found := text(one.get("value")))]
