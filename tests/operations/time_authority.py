"""A time-stamp authority on this machine: `openssl ts` behind a small server, with a CA of its own.

`mood` says how it answers: ``well``, ``another message``, ``an earlier answer``, ``refused``,
``garbage``, ``page``, ``fault``, ``endless``, ``away`` (to another address), ``slow``.
"""

from __future__ import annotations

import datetime as dt
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = dt.timedelta(days=1)
REFUSED = bytes.fromhex("30053003020102")
"""A reply of RFC 3161 with the status "rejection" and no token."""
_CONFIG = """
[tsa]
default_tsa = authority
[authority]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/signer.pem
signer_key = {folder}/signer.key
certs = {folder}/root.pem
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
signer_digest = sha256
"""


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(
    subject: str,
    key: rsa.RSAPrivateKey,
    issuer: str,
    issuer_key: rsa.RSAPrivateKey,
    *,
    signer: bool,
    ends: dt.datetime,
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(ends, dt.datetime.now(dt.UTC)) - 400 * DAY)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=not signer, path_length=None), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if signer:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True
        )
    return builder.sign(issuer_key, hashes.SHA256())


class Authority:
    """An authority in a folder; `root` is the file of its root certificate."""

    def __init__(self, folder: Path, *, expired: bool = False) -> None:
        self.folder, self.root = folder, folder / "root.pem"
        self.mood = "well"
        self.asked: list[bytes] = []
        self.stop_waiting = threading.Event()
        self._last = b""
        now = dt.datetime.now(dt.UTC)
        folder.mkdir(parents=True)
        root_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        root = _certificate(
            "Test Root", root_key, "Test Root", root_key, signer=False, ends=now + 900 * DAY
        )
        signer = _certificate(
            *("Test Authority", key, "Test Root", root_key),
            signer=True,
            ends=now - 3 * DAY if expired else now + 90 * DAY,
        )
        pem = serialization.Encoding.PEM
        self.root.write_bytes(root.public_bytes(pem))
        (folder / "signer.pem").write_bytes(signer.public_bytes(pem))
        (folder / "signer.key").write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        (folder / "serial").write_text("01\n")
        (folder / "ts.cnf").write_text(_CONFIG.format(folder=folder))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}/tsr"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        self.stop_waiting.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, query: bytes) -> bytes:
        """What `openssl ts` answers."""
        (self.folder / "query.tsq").write_bytes(query)
        self._openssl("-reply", "-queryfile", "query.tsq", "-out", "reply.tsr")
        return (self.folder / "reply.tsr").read_bytes()

    def answer_about(self, text: bytes) -> bytes:
        """An answer over something of its own choice."""
        (self.folder / "data").write_bytes(text)
        self._openssl("-query", "-data", "data", "-sha256", "-cert", "-out", "own.tsq")
        return self.answer((self.folder / "own.tsq").read_bytes())

    def reply(self, query: bytes) -> tuple[int, bytes]:
        """The status and body in the present mood."""
        self.asked.append(query)
        if self.mood == "slow":
            self.stop_waiting.wait(30)
        answers = {
            "another message": lambda: self.answer_about(b"something else"),
            "an earlier answer": lambda: self._last,
            "refused": lambda: REFUSED,
            "garbage": lambda: b"\x30\x82\xff\xff" + query,
            "page": lambda: b"<html>Moved</html>",
            "endless": lambda: b"\0" * 2_000_000,
        }
        if self.mood in answers:
            return 200, answers[self.mood]()
        if self.mood == "fault":
            return 500, b"out of order"
        if self.mood == "away":
            return 302, b""
        self._last = self.answer(query)
        return 200, self._last

    def _openssl(self, *words: str) -> None:
        subprocess.run(
            ["openssl", "ts", *words, *(("-config", "ts.cnf") if words[0] == "-reply" else ())],
            cwd=self.folder,
            check=True,
            capture_output=True,
        )


def _handler(authority: Authority) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["content-length"]))
            right = self.headers["content-type"] == "application/timestamp-query"
            status, body = authority.reply(query) if right else (400, b"")
            self.send_response(status)
            if status == 302:
                self.send_header("location", authority.address + "/elsewhere")
            self.send_header("content-type", "application/timestamp-reply")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                return

        def log_message(self, format: str, *values: object) -> None:
            return

    return Handler
