"""Forms that bring a file: fields as any form has them, files into places of their own."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from archiver.desk.answers import Upload

LARGEST = 50 * 1024 * 1024
"""Bytes of one file; the room that keeps it may want less."""
_FIELDS = 200
MOST_FILES = 100
_CHUNK = 1024 * 1024


async def read_multipart(
    request: Any,
) -> tuple[Mapping[str, list[str]], Mapping[str, list[Upload]]]:
    """The fields and the files of a multipart form.

    The files lie in temporary places of this user alone, for whoever called to remove. A file
    field that was left empty is not there; further files of a field are called ``name:2`` and so
    on. Raises what Datasette raises for a form that is too
    large or cannot be read; then nothing is left behind.
    """
    fields: dict[str, list[str]] = {}
    files: dict[str, list[Upload]] = {}
    try:
        async with await request.form(
            files=True,
            max_file_size=LARGEST,
            max_request_size=LARGEST + 1024 * 1024,
            max_fields=_FIELDS,
            max_files=MOST_FILES,
        ) as form:
            for name, value in form.items():
                if isinstance(value, str):
                    fields.setdefault(name, []).append(value.replace("\0", ""))
                elif value.filename:
                    files.setdefault(name, []).append(await _kept(value))
    except BaseException:
        for uploads in files.values():
            for upload in uploads:
                upload.path.unlink(missing_ok=True)
        raise
    return fields, files


async def _kept(sent: Any) -> Upload:
    with tempfile.NamedTemporaryFile(prefix="archiver-upload-", delete=False) as kept:
        while chunk := await sent.read(_CHUNK):
            kept.write(chunk)
    return Upload(Path(kept.name), Path(sent.filename).name)
