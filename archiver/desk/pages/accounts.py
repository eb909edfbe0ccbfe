"""The account register, for reading."""

from __future__ import annotations

from archiver.desk.answers import Answer, Asked, Page
from archiver.desk.visits import Visit
from archiver.register.accounts import list_accounts


def show(visit: Visit, asked: Asked) -> Answer:
    """Every account of the register; credentials stay out, they are not even read here."""
    with visit.office() as office:
        accounts = list_accounts(office, sources=False)
    active = [account for account in accounts if account.status == "active"]
    closed = [account for account in accounts if account.status != "active"]
    return Page("accounts.html", {"active": active, "closed": closed})
