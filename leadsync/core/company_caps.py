"""Caps of contacts per company and per domain: how many people of one firm are written to.

A campaign keeps them in its settings as `caps {perCompany, perDomain}`. Whoever pushes asks
`beyond_caps`; nothing is taken out of the campaign itself.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadsync.core.host_names import as_punycode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leadsync.core.models import Campaign, Doc

# Mailboxes for anybody: that two people have theirs there says nothing of where they work. Only
# the big ones; the verdicts of e-mail verification have a longer list of their own.
_MAILBOXES = """
    aol.com fastmail.com free.fr gmail.com gmx.at gmx.ch gmx.de gmx.net googlemail.com hey.com
    hotmail.com hotmail.de hotmail.fr icloud.com laposte.net libero.it live.com mac.com mail.com
    mail.ru me.com msn.com orange.fr outlook.com outlook.de pm.me proton.me protonmail.com qq.com
    t-online.de web.de wp.pl yahoo.com yahoo.co.uk yahoo.de yahoo.fr yandex.ru zoho.com
"""
_MAIL_FOR_ANYBODY = frozenset(_MAILBOXES.split())

FIRM_FIELDS = ("email", "company", "company_domain", "domain")
"""Fields that tell for which company a contact counts: providers fill the third, imports the last."""


@dataclass(frozen=True, slots=True)
class CompanyCaps:
    """How many contacts of one company, and of one domain, are pushed; None: as many as there are.

    Attributes:
        per_company: of those whose `company` is the same, whatever its case.
        per_domain: of those with the same domain.
    """

    per_company: int | None = None
    per_domain: int | None = None

    @property
    def are_set(self) -> bool:
        """Whether there is any cap."""
        return self.per_company is not None or self.per_domain is not None


def company_caps(campaign: Campaign) -> CompanyCaps:
    """The caps of a campaign; without any where none was set."""
    kept: Doc = campaign.settings.get("caps") or {}
    return CompanyCaps(kept.get("perCompany"), kept.get("perDomain"))


def firm_of(cells: Mapping[str, object]) -> tuple[object, str]:
    """Company and domain of a contact, as `beyond_caps` takes them, from its `FIRM_FIELDS`."""
    domains = (cells.get("company_domain"), cells.get("domain"))
    return cells.get("company"), contact_domain(cells.get("email"), *domains)


def contact_domain(email: object, *company_domains: object) -> str:
    """The domain that a contact counts for: the first that the company has, else the address's.

    Empty where none says anything, as with an address at Gmail.
    """
    for text in (*company_domains, email):
        domain = _host(text.rpartition("@")[2]) if isinstance(text, str) else ""
        if domain and domain not in _MAIL_FOR_ANYBODY:
            return domain
    return ""


def beyond_caps(leads: Iterable[tuple[int, object, object]], caps: CompanyCaps) -> set[int]:
    """The leads beyond the caps: those with the lowest ids are kept, in whatever order they come.

    Args:
        leads: (lead id, company, domain) of every lead that counts, those that were pushed before
            among them; `contact_domain` finds the domain. Blank ones are never too many.
        caps: how many of each.
    """
    if not caps.are_set:
        return set()
    companies: Counter[str] = Counter()
    domains: Counter[str] = Counter()
    over: set[int] = set()
    for lead_id, company, domain in sorted(leads, key=lambda lead: lead[0]):
        firm, host = company_key(company), _host(domain)
        if _is_full(companies[firm], firm, caps.per_company) or _is_full(
            domains[host], host, caps.per_domain
        ):
            over.add(lead_id)
        else:
            companies[firm] += 1
            domains[host] += 1
    return over


def company_key(company: object) -> str:
    """A company's name as names are compared: without regard to case and width of its letters."""
    text = company if isinstance(company, str) else ""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _host(domain: object) -> str:
    text = domain if isinstance(domain, str) else ""
    host = text.strip().lower().partition("//")[2] or text.strip().lower()
    name = host.partition("/")[0].partition(":")[0].removeprefix("www.").rstrip(".")
    return as_punycode(name)


def _is_full(count: int, name: str, cap: int | None) -> bool:
    return bool(name) and cap is not None and count >= cap
