"""A real nginx on loopback, with the configuration the project gives to cities."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.servers.processes import ROOT, answers, free_ports, running, wait_until

EXAMPLE = ROOT / "scripts" / "nginx" / "desk.conf"
_SHAPE = """
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {more}
    server {{
        listen 127.0.0.1:{port};
        auth_basic "City of Alder Glen";
        auth_basic_user_file {folder}/people;
        {location}
    }}
}}
"""


@contextmanager
def nginx(
    folder: Path, *, desk: int, secret: str, people: Mapping[str, str], more: str = ""
) -> Iterator[int]:
    """An nginx in front of the desk at a port, which lets in people by name and password; yields
    its own port. `more` is added to the configuration of its http block."""
    (port,) = free_ports(1)
    location = EXAMPLE.read_text("utf-8")
    for there, here in (
        ("http://127.0.0.1:8001", f"http://127.0.0.1:{desk}"),
        ("PUT-THE-SECRET-HERE", secret),
    ):
        assert location.count(there) == 1
        location = location.replace(there, here)
    lines = [f"{name}:{{PLAIN}}{password}" for name, password in people.items()]
    (folder / "people").write_text("\n".join(lines) + "\n", "utf-8")
    written = folder / "nginx.conf"
    written.write_text(
        _SHAPE.format(
            # started by root, it would else become a user that may not read our folder
            user="user root;" if os.geteuid() == 0 else "",
            folder=folder,
            port=port,
            more=more,
            location=location,
        ),
        "utf-8",
    )
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise RuntimeError("nginx is missing: apt-get install -y nginx")
    command = [program, "-e", folder / "error.log", "-p", folder, "-c", written]
    with running([*command, "-g", "daemon off;"], log=folder / "nginx.log"):
        wait_until("nginx", lambda: answers(port))
        yield port
