"""The tables of this part of the request book in office.db."""

from __future__ import annotations

from sqlite_utils import Migrations

MIGRATIONS = Migrations("requests.collecting")
