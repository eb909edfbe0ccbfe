"""The exchanges that are released whole, as WARC 1.1: each a request and its response.

They are written anew: with the headers that say what the body is, the body decoded, and names made
from what is in them, so that the same release gives the same bytes.
"""

from __future__ import annotations

import uuid
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archiver.production.release import Exchange
from archiver.production.twins.volume import Volume

NAME = "exchanges.warc.gz"
_REWRITTEN = "headers that say nothing of the content are left out, the body is decoded"


def write_exchanges(volume: Volume, folder: Path) -> None:
    """Write exchanges.warc.gz where any exchange is released, else nothing."""
    if not volume.release.exchanges:
        return
    folder.mkdir()
    with (folder / NAME).open("wb") as stream:
        writer = WARCWriter(stream, gzip=True, warc_version="WARC/1.1")
        for exchange in volume.release.exchanges:
            _write(writer, exchange)


def _write(writer: WARCWriter, exchange: Exchange) -> None:
    url = urlsplit(exchange.url)
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    asked = StatusAndHeaders(f"GET {target} HTTP/1.1", [("Host", url.netloc)], is_http_request=True)
    length = ("Content-Length", str(len(exchange.body)))
    told = StatusAndHeaders("200 OK", [*exchange.headers, length], protocol="HTTP/1.1")
    request, response = _name(exchange, "request"), _name(exchange, "response")
    dated = {"WARC-Date": exchange.requested_at}
    writer.write_record(
        writer.create_warc_record(
            exchange.url,
            "request",
            payload=BytesIO(),
            warc_headers_dict={**dated, "WARC-Record-ID": request},
            http_headers=asked,
        )
    )
    writer.write_record(
        writer.create_warc_record(
            exchange.url,
            "response",
            payload=BytesIO(exchange.body),
            warc_headers_dict={
                **dated,
                "WARC-Record-ID": response,
                "WARC-Concurrent-To": request,
                "WARC-Rewritten": _REWRITTEN,
            },
            http_headers=told,
        )
    )


def _name(exchange: Exchange, kind: str) -> str:
    """What a record is called, made from what it holds."""
    digest = sha256(exchange.body).hexdigest()
    said = f"{kind} {exchange.url} {exchange.requested_at} {digest}"
    return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, said)}>"
