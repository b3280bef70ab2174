"""What all batches of a verification run share: lists, resolver, mail servers, domains known so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadsync.enrichers.email_dns import MailHostFinder, dns_settings
from leadsync.enrichers.email_lists import read_lists
from leadsync.enrichers.email_probe import Prober
from leadsync.enrichers.email_provider import find_verifier
from leadsync.enrichers.email_smtp import smtp_settings
from leadsync.enrichers.in_flight import InFlight

if TYPE_CHECKING:
    from leadsync.core.engine.enricher import Settings
    from leadsync.enrichers.email_config import EmailVerifyConfig
    from leadsync.enrichers.email_dns import MailHosts
    from leadsync.enrichers.email_lists import Lists

DOMAINS_KEPT = 50_000


@dataclass(frozen=True, slots=True)
class Known:
    """What this run has found out about a domain, and until when it holds."""

    hosts: MailHosts
    call_id: int
    from_cache: bool
    until: float


class Desk:
    """What all batches of a run share."""

    def __init__(self, config: EmailVerifyConfig, settings: Settings) -> None:
        """Read lists and settings."""
        self.lists = read_lists(settings)
        self.finder = MailHostFinder(dns_settings(settings))
        self.prober = _prober(config, self.lists, settings) if config.smtp else None
        self.verifier = find_verifier(config)
        self.domains: dict[str, Known] = {}
        self.asking = InFlight[Known]()

    def find_known(self, domain: str, now: float) -> Known | None:
        """What is known of a domain and still holds."""
        known = self.domains.get(domain)
        return known if known and known.until > now else None

    def keep(self, domain: str, known: Known) -> None:
        """Remember a domain; the oldest is forgotten where there are too many."""
        if len(self.domains) >= DOMAINS_KEPT:
            del self.domains[next(iter(self.domains))]
        self.domains[domain] = known


def _prober(config: EmailVerifyConfig, lists: Lists, settings: Settings) -> Prober:
    return Prober(config, smtp_settings(config.smtp_from, config.smtp_helo, settings), lists)
