"""Building the desk: a Datasette of our own making, closed but for our pages."""

from __future__ import annotations

from typing import Any

from archiver.config import Home, shipped
from archiver.desk._compat import Database, Datasette
from archiver.desk.desk import Desk
from archiver.desk.frame import prepare_templates
from archiver.desk.stores import Stores


def build(home: Home, *, secure: bool = False, hosts: frozenset[str] | None = None) -> Any:
    """The desk of a home as a Datasette: evidence files read-only, everything else closed.

    office.db and staff.db are never Datasette's: the desk's pages open them themselves. `secure`
    says that browsers come by TLS, `hosts` the names they may ask for (None: any). The plugin knows
    the desk by the attribute `archiver_desk`. Raises HomeError where the home cannot be read.
    """
    desk = Desk(home, home.settings(), Stores(home), secure=secure, hosts=hosts)
    datasette = Datasette(
        [],
        config_dir=shipped("datasette"),
        default_deny=True,
        cors=False,
        settings={"force_https_urls": secure},
    )
    datasette.remove_database("_memory")
    for name, path in (("archive", home.archive_db), ("private", home.private_db)):
        evidence = Database(datasette, path=str(path), is_mutable=True, mode="ro")
        datasette.add_database(evidence, name=name)
    datasette.archiver_desk = desk
    desk.templates = prepare_templates(datasette.get_jinja_environment(), desk)
    return datasette
