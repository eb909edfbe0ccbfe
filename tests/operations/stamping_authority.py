"""A time-stamp authority of this machine's own: `openssl ts` behind a small web server."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_CONFIG = """
[ req ]
distinguished_name = name
prompt = no
[ name ]
CN = {name}
[ ca ]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[ signer ]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[ tsa ]
default_tsa = tsa_config
[ tsa_config ]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/signer.pem
certs = {folder}/ca.pem
signer_key = {folder}/signer.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


@dataclass(slots=True)
class Authority:
    """A running authority. `answer` puts something else in the place of its answers: a status and
    a body; `asked` are the queries it was sent."""

    folder: Path
    address: str = ""
    answer: tuple[int, bytes] | None = None
    asked: list[bytes] = field(default_factory=list)

    @property
    def certificates(self) -> Path:
        """The certificate its answers are checked against."""
        return self.folder / "ca.pem"


def _openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def make_authority(folder: Path) -> Authority:
    """A throw-away certificate authority with a signer for time stamps."""
    folder.mkdir()
    for name in ("ca", "signer"):
        config = _CONFIG.format(folder=folder, name=f"Test {name}")
        (folder / f"{name}.cnf").write_text(config, "utf-8")
        _openssl(folder, "genrsa", "-out", f"{name}.key", "2048")
    (folder / "serial").write_text("01\n", "ascii")
    _openssl(
        folder,
        *("req", "-x509", "-new", "-key", "ca.key", "-sha256", "-days", "30", "-out", "ca.pem"),
        *("-config", "ca.cnf", "-extensions", "ca"),
    )
    request = ("req", "-new", "-key", "signer.key", "-out", "signer.csr", "-config", "signer.cnf")
    _openssl(folder, *request)
    _openssl(
        folder,
        *("x509", "-req", "-in", "signer.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-sha256"),
        *("-CAcreateserial", "-days", "30", "-out", "signer.pem"),
        *("-extfile", "signer.cnf", "-extensions", "signer"),
    )
    return Authority(folder)


@contextmanager
def running(authority: Authority) -> Iterator[Authority]:
    """The authority at an address of this machine, while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["content-length"]))
            authority.asked.append(query)
            status, body = authority.answer or (200, _reply(authority, query))
            self.send_response(status)
            self.send_header("content-type", "application/timestamp-reply")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    authority.address = f"http://127.0.0.1:{server.server_port}/tsa"
    try:
        yield authority
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _reply(authority: Authority, query: bytes) -> bytes:
    folder = authority.folder
    number = len(authority.asked)
    (folder / f"{number}.tsq").write_bytes(query)
    _openssl(
        folder,
        *("ts", "-reply", "-queryfile", f"{number}.tsq", "-out", f"{number}.tsr"),
        *("-config", "signer.cnf", "-section", "tsa_config"),
    )
    return (folder / f"{number}.tsr").read_bytes()
