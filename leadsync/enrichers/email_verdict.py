"""The verdict about an address: status, reason, evidence, and for how long it holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

from leadsync.core.models import iso_of

DAY_S = 86_400
_iso = lru_cache(maxsize=64)(iso_of)  # the checks of a batch have few moments


class Reason(StrEnum):
    """Why an address has its status; names are what cells and filters hold."""

    MAILBOX_EXISTS = "mailbox_exists"
    CATCH_ALL = "catch_all"
    ROLE = "role"
    DISPOSABLE = "disposable"
    MAILBOX_FULL = "mailbox_full"
    LOW_SCORE = "low_score"
    FREE_MAIL = "free_mail"
    SYNTAX = "syntax"
    RESERVED_DOMAIN = "reserved_domain"
    NO_SUCH_DOMAIN = "no_such_domain"
    NULL_MX = "null_mx"
    NO_MAIL_SERVER = "no_mail_server"
    NO_SUCH_MAILBOX = "no_such_mailbox"
    MAILBOX_DISABLED = "mailbox_disabled"
    NOT_PROBED = "not_probed"
    TIMEOUT = "timeout"
    GREYLISTED = "greylisted"
    BLOCKED_BY_SERVER = "blocked_by_server"
    DNS_FAILURE = "dns_failure"
    NO_NETWORK = "no_network"
    PROVIDER_UNSURE = "provider_unsure"


_DELIVERABLE = ("deliverable", 30)
_RISKY = ("risky", 30)
_NO_MAILBOX = ("undeliverable", 90)
_NO_DOMAIN = ("undeliverable", 7)
_UNKNOWN = ("unknown", 1)

_MEANING: dict[Reason, tuple[str, int]] = {
    Reason.MAILBOX_EXISTS: _DELIVERABLE,
    Reason.CATCH_ALL: _RISKY,
    Reason.ROLE: _RISKY,
    Reason.DISPOSABLE: _RISKY,
    Reason.MAILBOX_FULL: _RISKY,
    Reason.LOW_SCORE: _RISKY,
    Reason.FREE_MAIL: _RISKY,
    Reason.SYNTAX: _NO_MAILBOX,
    Reason.RESERVED_DOMAIN: _NO_MAILBOX,
    Reason.NO_SUCH_MAILBOX: _NO_MAILBOX,
    Reason.MAILBOX_DISABLED: _NO_MAILBOX,
    Reason.NO_SUCH_DOMAIN: _NO_DOMAIN,
    Reason.NULL_MX: _NO_DOMAIN,
    Reason.NO_MAIL_SERVER: _NO_DOMAIN,
}
"""Reason -> status and days that it holds; all others are unknown for a day."""


@dataclass(slots=True)
class Evidence:
    """What is found out about an address while it goes through the stages.

    Attributes:
        suggestion: the address that was probably meant; never used by itself.
        mx_host: the mail server that a probe would ask.
        checks: what each check said, in order: name, answer, at, ms.
    """

    role: bool = False
    disposable: bool = False
    free_mail: bool = False
    catch_all: bool = False
    subaddress: bool = False
    smtputf8: bool = False
    suggestion: str = ""
    mx_host: str = ""
    mx_provider: str = ""
    checks: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def note(self, name: str, answer: str, at: float, ms: float = 0) -> None:
        """Keep what a check said.

        Args:
            name: the check.
            answer: a word, or a server's own words.
            at: when, in epoch seconds.
            ms: how long it took.
        """
        self.checks.append({"name": name, "answer": answer, "at": _iso(at), "ms": round(ms)})


def status_of(reason: Reason) -> str:
    """deliverable, risky, undeliverable or unknown."""
    return _MEANING.get(reason, _UNKNOWN)[0]


def result_of(reason: Reason, evidence: Evidence, now: float) -> dict[str, Any]:
    """The result as outputs read it, decided at `now` (epoch seconds)."""
    status, days = _MEANING.get(reason, _UNKNOWN)
    found: dict[str, Any] = {
        "status": status,
        "reason": str(reason),
        "flags": {
            "role": evidence.role,
            "disposable": evidence.disposable,
            "free_mail": evidence.free_mail,
            "catch_all": evidence.catch_all,
            "subaddress": evidence.subaddress,
            "smtputf8": evidence.smtputf8,
        },
    }
    for name in ("suggestion", "mx_host", "mx_provider"):
        if text := getattr(evidence, name):
            found[name] = text
    found["checks"] = evidence.checks
    found["checkedAt"] = _iso(now)
    found["validUntil"] = _iso(now + days * DAY_S)
    return found
