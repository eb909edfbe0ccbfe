"""Who may do what (DESIGN §7 rule 7). Default deny: a permission not listed here is not given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

SEARCH: Final = "search"
VIEW_PRIVATE: Final = "view-private"
VIEW_REQUESTS: Final = "view-requests"
MANAGE_REQUESTS: Final = "manage-requests"
DECIDE: Final = "decide"
REVIEW_ASSIGNED: Final = "review-assigned"
VIEW_PRIVILEGED: Final = "view-privileged"
ANSWER_PRIVILEGED: Final = "answer-privileged"
PRODUCE: Final = "produce"
ANSWER_ASKS: Final = "answer-asks"
FORWARD: Final = "forward"
CONSULT: Final = "consult-before-deleting"
DECIDE_DELETIONS: Final = "decide-deletions"
TELL_INTAKE: Final = "tell-intake"
ATTEST: Final = "attest"
VIEW_SETUP: Final = "view-setup"
VIEW_RETENTION: Final = "view-retention"
MANAGE_RETENTION: Final = "manage-retention"
MANAGE_HOLDS: Final = "manage-holds"
RECORD_APPROVALS: Final = "record-approvals"
CONSENT: Final = "consent"
QUARANTINE: Final = "quarantine"
VIEW_QUARANTINE: Final = "view-quarantine"
PAIR_RECORDS: Final = "pair-records"
VIEW_ACCOUNTS: Final = "view-accounts"
MANAGE_ACCOUNTS: Final = "manage-accounts"
VIEW_POLICIES: Final = "view-policies"
KEEP_POLICIES: Final = "keep-policies"
MANAGE_STAFF: Final = "manage-staff"
VIEW_AUDIT: Final = "view-audit"
VIEW_STATUS: Final = "view-status"
IMPORT: Final = "import-downloads"
WITHDRAW_IMPORTS: Final = "withdraw-imports"

PERMISSIONS: Final = frozenset(
    {
        SEARCH,
        VIEW_PRIVATE,
        VIEW_REQUESTS,
        MANAGE_REQUESTS,
        DECIDE,
        REVIEW_ASSIGNED,
        VIEW_PRIVILEGED,
        ANSWER_PRIVILEGED,
        PRODUCE,
        ANSWER_ASKS,
        FORWARD,
        CONSULT,
        DECIDE_DELETIONS,
        TELL_INTAKE,
        ATTEST,
        VIEW_SETUP,
        VIEW_RETENTION,
        MANAGE_RETENTION,
        MANAGE_HOLDS,
        RECORD_APPROVALS,
        CONSENT,
        QUARANTINE,
        VIEW_QUARANTINE,
        PAIR_RECORDS,
        VIEW_ACCOUNTS,
        MANAGE_ACCOUNTS,
        VIEW_POLICIES,
        KEEP_POLICIES,
        MANAGE_STAFF,
        VIEW_AUDIT,
        VIEW_STATUS,
        IMPORT,
        WITHDRAW_IMPORTS,
    }
)


@dataclass(frozen=True, slots=True)
class Role:
    """A job at the city and what it may do. `about` says it in words for whoever grants it."""

    name: str
    title: str
    about: str
    permissions: frozenset[str]


def _role(name: str, title: str, about: str, *permissions: str) -> tuple[str, Role]:
    return name, Role(name, title, about, frozenset(permissions))


ROLES: Final[Mapping[str, Role]] = MappingProxyType(
    dict(
        (
            _role(
                "clerk",
                "City clerk",
                "Searches public records, imports downloads, runs requests, decides and produces.",
                SEARCH,
                VIEW_REQUESTS,
                MANAGE_REQUESTS,
                DECIDE,
                VIEW_PRIVILEGED,
                PRODUCE,
                FORWARD,
                CONSULT,
                TELL_INTAKE,
                VIEW_SETUP,
                VIEW_RETENTION,
                QUARANTINE,
                PAIR_RECORDS,
                VIEW_ACCOUNTS,
                VIEW_POLICIES,
                VIEW_STATUS,
                IMPORT,
            ),
            _role(
                "private-records",
                "Private records",
                "An addition to another role: also sees messages and other private records.",
                VIEW_PRIVATE,
            ),
            _role(
                "reviewer",
                "Department reviewer",
                "Reviews the items assigned to them; nothing until something is assigned.",
                REVIEW_ASSIGNED,
            ),
            _role(
                "records-manager",
                "Records manager",
                "Keeps schedules, holds, destruction, imports and policies; sees private records.",
                SEARCH,
                VIEW_PRIVATE,
                VIEW_REQUESTS,
                TELL_INTAKE,
                VIEW_SETUP,
                VIEW_RETENTION,
                MANAGE_RETENTION,
                MANAGE_HOLDS,
                RECORD_APPROVALS,
                QUARANTINE,
                PAIR_RECORDS,
                VIEW_ACCOUNTS,
                VIEW_POLICIES,
                KEEP_POLICIES,
                VIEW_STATUS,
                IMPORT,
                WITHDRAW_IMPORTS,
            ),
            _role(
                "attorney",
                "City attorney",
                "Sees private records; attests exemptions and letters, consents to destruction.",
                SEARCH,
                VIEW_PRIVATE,
                VIEW_REQUESTS,
                DECIDE,
                VIEW_PRIVILEGED,
                ANSWER_PRIVILEGED,
                CONSULT,
                DECIDE_DELETIONS,
                TELL_INTAKE,
                ATTEST,
                VIEW_SETUP,
                VIEW_RETENTION,
                MANAGE_HOLDS,
                RECORD_APPROVALS,
                CONSENT,
                QUARANTINE,
                VIEW_QUARANTINE,
                VIEW_POLICIES,
                VIEW_STATUS,
            ),
            _role(
                "communications",
                "Communications office",
                "Keeps accounts and policies, imports downloads; searches public records.",
                SEARCH,
                QUARANTINE,
                VIEW_ACCOUNTS,
                MANAGE_ACCOUNTS,
                VIEW_POLICIES,
                KEEP_POLICIES,
                VIEW_STATUS,
                IMPORT,
            ),
            _role(
                "publisher",
                "Publisher",
                "Works with their own accounts; nothing until one is given to them.",
            ),
            _role(
                "custodian",
                "Custodian",
                "Answers their own tasks, forwards, and asks before deleting; sees nothing else.",
                ANSWER_ASKS,
                FORWARD,
                CONSULT,
            ),
            _role(
                "city-manager",
                "City manager",
                "Reads requests, public records and the state of the archive; says what may be "
                "deleted.",
                SEARCH,
                VIEW_REQUESTS,
                CONSULT,
                DECIDE_DELETIONS,
                VIEW_SETUP,
                VIEW_RETENTION,
                VIEW_ACCOUNTS,
                VIEW_POLICIES,
                VIEW_STATUS,
            ),
            _role(
                "council-clerk",
                "Council clerk",
                "Answers the notices assigned to them; nothing until one is.",
            ),
            _role(
                "auditor",
                "Auditor",
                "Reads everything that is not private, and the audit; changes nothing.",
                SEARCH,
                VIEW_REQUESTS,
                VIEW_RETENTION,
                VIEW_ACCOUNTS,
                VIEW_AUDIT,
                VIEW_POLICIES,
                VIEW_STATUS,
            ),
            _role(
                "administrator",
                "Administrator",
                "Keeps staff accounts and the machine, imports downloads; sees no records.",
                MANAGE_STAFF,
                MANAGE_ACCOUNTS,
                VIEW_SETUP,
                VIEW_ACCOUNTS,
                VIEW_AUDIT,
                VIEW_STATUS,
                IMPORT,
            ),
        )
    )
)


def permissions_of(roles: Iterable[str]) -> frozenset[str]:
    """What these roles may do together; a name that is no role gives nothing."""
    return frozenset().union(*(ROLES[name].permissions for name in roles if name in ROLES))
