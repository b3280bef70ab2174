"""Providers that say whether a mailbox exists: what they are asked, and what they say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from leadsync.core.engine.outcomes import Bill
from leadsync.enrichers.email_verdict import result_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.engine.enricher import CallRequest, Context, Job, Settings
    from leadsync.core.engine.outcomes import Outcome
    from leadsync.enrichers.email_syntax import Address
    from leadsync.enrichers.email_verdict import Evidence, Reason

STAGE = "provider"


@dataclass(frozen=True, slots=True)
class Verification:
    """What a provider says of an address.

    Attributes:
        word: the provider's own, such as "accept_all".
        score: of 100, where it gives one.
        flags: what it knows beside, of the flags of a verdict: catch_all, disposable, free_mail.
    """

    reason: Reason
    word: str
    score: float | None = None
    flags: Mapping[str, bool] = field(default_factory=dict[str, bool])
    bill: Bill = field(default_factory=Bill)

    def merged_into(self, evidence: Evidence, provider: str, now: float) -> dict[str, Any]:
        """The result of a verdict that rests on this, beside the evidence so far."""
        for name, is_so in self.flags.items():
            setattr(evidence, name, is_so)
        evidence.note(provider, self.word, now)
        result = {**result_of(self.reason, evidence, now), "stage": STAGE, "provider": provider}
        return result if self.score is None else {**result, "score": self.score}


class Verifier(Protocol):
    """A provider that verifies addresses."""

    @property
    def name(self) -> str:
        """As the journal has it."""
        ...

    @property
    def secrets(self) -> tuple[str, ...]:
        """Names of its keys."""
        ...

    def request(self, email: str, settings: Settings) -> CallRequest:
        """The question about an address, not sent: for plans."""
        ...

    async def ask(self, jobs: Sequence[Job], email: str, ctx: Context) -> Verification | Outcome:
        """What it says; another outcome where it does not: `Pending` where it needs time.

        Raises:
            CallFailed: no answer came.
        """
        ...

    async def ask_again(
        self, jobs: Sequence[Job], handle: Mapping[str, Any], ctx: Context
    ) -> Verification | Outcome:
        """The same later, with the handle of `Pending`."""
        ...


def mailbox_of(address: Address) -> str:
    """An address as a provider is asked about it: its domain as DNS wants it."""
    domain = address.domain if address.needs_smtputf8 else address.ascii_domain
    return f"{address.local}@{domain}"
