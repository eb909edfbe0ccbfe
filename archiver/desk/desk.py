"""The desk itself: one home, its settings, its connections and its templates."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from jinja2 import Environment

from archiver.config import Home, Settings
from archiver.desk.looks import Looks
from archiver.desk.sign_on import SignOn, sign_on_of
from archiver.desk.stores import Stores
from archiver.staff.second_factor import Rule, rule_of

THREADS = 4


@dataclass(slots=True)
class Desk:
    """What every page has at hand.

    `secure` is True where browsers reach the desk by TLS (its own or the city's proxy): the session
    cookie is then sent over TLS only. `hosts` are the names by which it may be asked for; None
    where the city's proxy decides.
    """

    home: Home
    settings: Settings
    stores: Stores
    secure: bool = False
    hosts: frozenset[str] | None = None
    templates: Environment = field(default_factory=Environment)
    threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(THREADS, thread_name_prefix="desk")
    )

    looks: Looks = field(init=False)
    second_factor: Rule = field(init=False)
    sign_on: SignOn | None = field(init=False)

    def __post_init__(self) -> None:
        """Raises StorageError where the home cannot be written, HomeError where the settings of
        [staff] cannot be worked with."""
        self.second_factor = rule_of(self.settings.staff.second_factor)
        self.sign_on = sign_on_of(self.settings.staff.sso)
        self.looks = Looks(self.home, self.stores)

    @property
    def cookie_name(self) -> str:
        """The session cookie; the prefix makes browsers refuse one set without TLS."""
        return "__Host-archiver" if self.secure else "archiver"

    def render(self, template: str, context: Mapping[str, object]) -> str:
        """A page as HTML."""
        return self.templates.get_template(template).render(context)

    def close(self) -> None:
        """Give back threads and connections."""
        self.threads.shutdown(wait=True)
        self.looks.close()
        self.stores.close()
