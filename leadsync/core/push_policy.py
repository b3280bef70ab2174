"""The policy of a campaign: which verdicts about an address let a lead be pushed.

A campaign keeps it in its settings as `policy {push: [verdict, …]}`. A verdict is a status, such as
`deliverable`, or a status with its reason, such as `risky:catch_all`; `unverified` stands for leads
whose address was never checked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError, nearest
from leadsync.core.models import to_doc

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leadsync.core.models import Campaign, Doc
    from leadsync.core.workspace import Workspace

UNVERIFIED = "unverified"
STATUSES = ("deliverable", "risky", "unknown", "undeliverable", UNVERIFIED)
REASONS = (
    "mailbox_exists", "catch_all", "role", "disposable", "mailbox_full", "low_score", "free_mail",
    "syntax", "reserved_domain", "no_such_domain", "null_mx", "no_mail_server", "no_such_mailbox",
    "mailbox_disabled", "not_probed", "timeout", "greylisted", "blocked_by_server", "dns_failure",
    "no_network", "provider_unsure",
)  # fmt: skip
"""Of the verdicts that our kinds of verification give; a column of another tool may have others."""
DEFAULT = ("deliverable", "risky:catch_all")
NOT_VERIFIED = "not verified"


@dataclass(frozen=True, slots=True)
class PushPolicy:
    """The verdicts with which a lead may be pushed; capitals do not count."""

    allowed: frozenset[str] = frozenset(DEFAULT)

    def beside(self, more: Iterable[str]) -> PushPolicy:
        """The policy that allows these verdicts, too."""
        return replace(self, allowed=self.allowed.union(more))

    def refusal(self, status: object, reason: object) -> str:
        """Why a lead with this verdict stays here, in words; empty where it may be pushed."""
        word = status if isinstance(status, str) and status else UNVERIFIED
        named = {name.casefold() for name in (word, f"{word}:{reason}")}
        if named & {name.casefold() for name in self.allowed}:
            return ""
        return NOT_VERIFIED if word == UNVERIFIED else f"verdict {verdict_of(status, reason)}"


def verdict_of(status: object, reason: object) -> str:
    """A verdict as policies name it: `risky:catch_all`, `deliverable`, `unverified`."""
    if not isinstance(status, str) or not status:
        return UNVERIFIED
    is_told = isinstance(reason, str) and reason and status != "deliverable"
    return f"{status}:{reason}" if is_told else status


def push_policy(campaign: Campaign) -> PushPolicy:
    """The policy of a campaign; deliverable and catch-all addresses where none was set."""
    kept: Doc = campaign.settings.get("policy") or {}
    return PushPolicy(frozenset(kept.get("push") or DEFAULT))


def check_verdicts(texts: Iterable[str]) -> tuple[str, ...]:
    """Verdicts that somebody typed, with commas or without, each once.

    Raises:
        InputError: one begins with no status.
    """
    found = dict.fromkeys(part.strip().casefold() for text in texts for part in text.split(","))
    for verdict in (text for text in found if text):
        status = verdict.partition(":")[0]
        if status not in STATUSES:
            near = nearest(status, STATUSES)
            hint = f'; did you mean "{near}"?' if near else ""
            raise InputError(
                f'"{verdict}" is no verdict{hint}',
                next_step=f"one of {', '.join(STATUSES)}, or with a reason: risky:catch_all",
            )
    return tuple(text for text in found if text)


def odd_verdicts(verdicts: Iterable[str]) -> Iterator[str]:
    """Of checked verdicts, whose reason may be mistyped: a sentence each."""
    for verdict in verdicts:
        reason = verdict.partition(":")[2]
        if reason and reason not in REASONS:
            near = nearest(reason, REASONS)
            hint = f'; did you mean "{near}"?' if near else ""
            yield f'no verification of ours gives the reason "{reason}"{hint}'


def set_push_policy(workspace: Workspace, name: str, verdicts: Iterable[str]) -> Campaign:
    """Give a campaign its policy, in one unit; no verdicts bring the usual one back.

    Raises:
        InputError: one is no verdict.
        NotFound: there is no such campaign.
    """
    campaign = workspace.campaign(name)
    allowed = list(check_verdicts(verdicts))
    settings = {k: v for k, v in campaign.settings.items() if k != "policy"}
    if allowed:
        settings["policy"] = {**(campaign.settings.get("policy") or {}), "push": allowed}
    changed = replace(campaign, settings=settings)
    with workspace.store.unit(workspace.actor, f"policy of campaign {campaign.name}") as unit:
        unit.put("campaigns", to_doc(changed))
    return changed
