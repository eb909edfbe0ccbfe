"""archiver serve: the clerks' desk."""

from __future__ import annotations

from pathlib import Path

import click

from archiver.cli.context import State
from archiver.cli.output import say
from archiver.desk.serve import serve as serve_desk


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8001, show_default=True)
@click.option(
    "--behind-proxy",
    is_flag=True,
    help="The city's proxy in front speaks TLS; needed to listen beyond this machine.",
)
@click.option("--tls-certificate", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--tls-key", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    help="How many processes answer. Usually one for each processor, 2 at least, 4 at most.",
)
@click.pass_obj
def serve(
    state: State,
    host: str,
    port: int,
    behind_proxy: bool,
    tls_certificate: Path | None,
    tls_key: Path | None,
    processes: int | None,
) -> None:
    """Start the clerks' desk and its worker."""
    serve_desk(
        state.found_home,
        host=host,
        port=port,
        behind_proxy=behind_proxy,
        tls_certificate=tls_certificate,
        tls_key=tls_key,
        processes=processes,
        tell=lambda address: say(f"The desk is at {address} (Ctrl-C ends it)."),
    )
