"""archiver deliver: the small processes that hand out what was released."""

from __future__ import annotations

from pathlib import Path

import click

from archiver.cli.context import State
from archiver.cli.output import say
from archiver.confining import can_confine
from archiver.production.delivery.standing import stand


@click.group()
def deliver() -> None:
    """Delivery by link: one small process for each release, behind a door."""


@deliver.command()
@click.argument(
    "folder", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False)
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8002, show_default=True)
@click.option(
    "--behind-proxy",
    is_flag=True,
    help="The city's proxy in front speaks TLS; needed to listen beyond this machine.",
)
@click.pass_obj
def serve(state: State, folder: Path | None, host: str, port: int, behind_proxy: bool) -> None:
    """Serve the links in FOLDER, or in the home's own folder of links.

    With FOLDER it needs no archive home, so it can be a user of its own who may read nothing else.
    Each link's process sees its own files alone. Ctrl-C ends it; downloads that run go on.
    """
    if not can_confine():
        say(
            "This kernel has no Landlock: run this as a user of its own, who can read FOLDER alone."
        )
    stand(
        folder.resolve() if folder else _folder_of(state),
        host=host,
        port=port,
        behind_proxy=behind_proxy,
        tell=lambda problem: click.echo(f"archiver: {problem}", err=True),
        started=lambda address: say(f"Links are served at {address} (Ctrl-C ends it)."),
    )


def _folder_of(state: State) -> Path:
    # with a folder given nothing of the archive is loaded
    from archiver.production.releasing.offering import delivery_folder

    home = state.found_home
    folder = delivery_folder(home, home.settings())
    folder.mkdir(mode=0o750, exist_ok=True)
    return folder.resolve()
