"""One address on its way through the stages of a verification."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadsync.enrichers.email_verdict import Evidence

if TYPE_CHECKING:
    from leadsync.core.engine.enricher import Job
    from leadsync.enrichers.email_dns import MailHosts
    from leadsync.enrichers.email_syntax import Address
    from leadsync.enrichers.email_verdict import Reason


@dataclass(slots=True)
class Case:
    """An address with what is known of it so far.

    Attributes:
        address: None while it is not read, or where it is none.
        reason: the verdict; None while no stage has decided.
        stage: which one decided, or was the last to look: syntax, lists, dns or smtp.
        mail_hosts: what DNS said of its domain.
        call_ids: the calls that the verdict stands on.
        from_cache: an earlier call answered for the domain.
        cost_usd_micros: what these calls have cost; None where a price is not known.
        provider: who was asked about the mailbox.
        score: what that provider gave of 100; None where it gives none.
        next_stage: cases that a provider is asked about; where this one goes if it is left open.
    """

    job: Job
    address: Address | None = None
    reason: Reason | None = None
    stage: str = "lists"
    evidence: Evidence = field(default_factory=Evidence)
    mail_hosts: MailHosts | None = None
    call_ids: tuple[int, ...] = ()
    from_cache: bool = False
    cost_usd_micros: int | None = 0
    provider: str = ""
    score: float | None = None
    next_stage: list[Case] | None = None

    def decide(self, stage: str, reason: Reason) -> None:
        """Take the verdict of a stage."""
        self.stage, self.reason = stage, reason
