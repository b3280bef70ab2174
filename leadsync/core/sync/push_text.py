"""Pushes and pulls in words: what would be sent, what stays here and why, what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.engine.gate import DOUBTFUL
from leadsync.core.push_policy import check_verdicts, odd_verdicts
from leadsync.core.sync.push_states import states_line
from leadsync.core.wording import plural, stays

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadsync.core.sync.pulling import Pulled
    from leadsync.core.sync.pushing import Push

SURE = "deliverable"


def push_lines(push: Push) -> Iterator[str]:
    """What a push would do, a line a question."""
    where, part = push.target, push.plan.columns[0]
    state = f" ({where.state})" if where.state else ""
    leads = plural(push.plan.leads, "lead")
    yield f'{leads} to "{where.name}"{state} at {push.wish.tool}, column {push.column.key}'
    yield (
        f"  {part.sends['create']:,} to add, {part.sends['update']:,} to change,"
        f" {push.unchanged:,} there as they are here"
    )
    if doubtful := part.sends[DOUBTFUL]:
        were, they = ("was", "it is") if doubtful == 1 else ("were", "they are")
        yield (
            f"  {doubtful:,} of these {were} sent before, and no answer came: {they} looked for"
            " there before anything is sent again"
        )
    for why, number in push.stays.most_common():
        yield f"  {stays(number)}: {why}"
    yield f"  verdicts that may be sent: {', '.join(push.policy) or 'by the campaign of each lead'}"
    for doubt in odd_verdicts(check_verdicts(push.wish.allow)):
        yield f"  warning: {doubt}"
    for verdict, number in part.verdicts.most_common():
        if verdict != SURE:
            yield f"  warning: {number:,} of these {'is' if number == 1 else 'are'} only {verdict}"
    for key, number in part.stale.most_common():
        yield (
            f"  warning: what {key} wrote for {number:,} of these is stale, the lead has changed:"
            f" leadsync enrich --column {key} --scope stale"
        )
    yield f"  sent: email, {', '.join(_named(push))}"


def _named(push: Push) -> Iterator[str]:
    for field, name in push.mapping.items():
        yield field if field == name else f"{field} as {name}"


def pull_lines(pulled: Pulled, *, dry_run: bool = False) -> Iterator[str]:
    """What a pull brought, or would bring."""
    yield (
        f'{plural(pulled.found, "lead")} of "{pulled.target.name}", {pulled.matched:,} of them'
        f" yours, {pulled.changed:,} {'would change' if dry_run else 'changed'}"
    )
    if pulled.statuses:
        yield f"  {states_line(pulled.statuses)}; {pulled.replied:,} replied"
    if pulled.suppressed:
        number = len(pulled.suppressed)
        who = f"{number:,} address{'es' * (number != 1)} bounced or unsubscribed"
        if pulled.strangers:
            who += f", {pulled.strangers:,} of them not yours"
        where = "would go on the suppression list" if dry_run else "on the suppression list now"
        yield f"  {who}: {where}"
