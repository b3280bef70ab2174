"""A plan and a run's end in words: rows, price range, cap, time; what failed and why."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leadsync.core.engine.daily_caps import daily_cap
from leadsync.core.money import show_at_most, show_usd
from leadsync.core.wording import plural, show_seconds, stays

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leadsync.core.engine.events import ErrorGroup, RunResult
    from leadsync.core.engine.plan import ColumnPlan, Plan
    from leadsync.core.models import Run

_CAPITAL = re.compile("[A-Z]")
_SKIPS = {
    "fresh": "up to date",
    "failed": "failed before and left alone (--scope failed)",
    "outside": "outside the scope",
    "locked": "locked by hand",
    "suppressed": "suppressed",
    "condition": "not meeting the condition",
    "filled": "filled already (--scope all replaces them)",
    "waiting": "waiting for an answer that comes later",
}

_STEPS = {"create": "to add there", "update": "to change there", "unchanged": "there as they are"}


def plan_lines(plan: Plan, chosen: str = "") -> Iterator[str]:
    """What a run would do, a line a column and a line a provider.

    Args:
        plan: of the run.
        chosen: says which leads these are, where no filter does.
    """
    where = f" where {plan.filter_text}" if plan.filter_text else ""
    yield f"{chosen or plural(plan.leads, 'lead') + where}, scope {plan.scope}"
    for part in plan.columns:
        yield f"  {part.column.key}: {_column(part)}"
        if part.note:
            yield f"    {part.note}"
    for provider in plan.providers:
        price = show_range(provider.min_usd_micros, provider.max_usd_micros)
        more = f" and up to {provider.more_calls:,} more" if provider.more_calls else ""
        most = show_units(provider.max_units)
        counted = f", at most {most}" if most else ""
        yield f"  {provider.place}: {plural(provider.calls, 'call')}{more}{counted}, {price}"
    if plan.to_ask and any(part.max_usd_micros != 0 for part in plan.providers):
        yield "  beside that: a lost or broken answer may be asked for once more, within caps"
    if plan.to_ask:
        cap = plan.max_cost_usd_micros
        caps = [] if cap is None else [f"cap {show_usd(cap)}"]
        daily = {part.column.key: daily_cap(part.column) for part in plan.columns}
        caps += [f"{key} at most {show_usd(most)} a day" for key, most in daily.items() if most]
        at = {provider.name: provider.usd_per_day_micros for provider in plan.providers}
        caps += [f"{name} at most {show_usd(most)} a day" for name, most in at.items() if most]
        limits = ", ".join(caps) or "no cap"
        yield f"  {limits}, {plan.concurrency} at once, about {show_seconds(plan.expected_s)}"


def _column(part: ColumnPlan) -> str:
    words = [f"{plural(part.to_ask, 'cell')} to run"]
    words += [f"{part.sends[step]:,} {text}" for step, text in _STEPS.items() if part.sends[step]]
    if part.cached:
        words.append(f"{part.cached:,} answered from the cache")
    if part.kept:
        stay = "stays as it is" if part.kept == 1 else "stay as they are"
        words.append(f"{plural(part.kept, 'filled cell')} {stay}")
    if part.replaced:
        are = "is" if part.replaced == 1 else "are"
        words.append(f"{plural(part.replaced, 'filled cell')} from elsewhere {are} replaced")
    words += [f"{part.skipped[w]:,} {text}" for w, text in _SKIPS.items() if part.skipped[w]]
    words += [f"{number:,} skipped: {field} is blank" for field, number in part.blank.items()]
    words += [f"{stays(number)}: {why}" for why, number in part.left_out.items()]
    return ", ".join(words)


def result_lines(result: RunResult) -> Iterator[str]:
    """How a run ended, its errors by cause, and what to do now."""
    counts = _counted(result.counts)
    yield f"run {result.run_id} {result.state}: {counts or 'nothing settled'}"
    for why, number in result.skipped.items():
        yield f"  {number:,} skipped: {why}"
    cost = show_usd(result.cost_usd_micros)
    if result.at_most_usd_micros:
        cost += f", and at most {show_usd(result.at_most_usd_micros)} for lost answers"
    if result.unpriced_calls:
        cost += f", and {plural(result.unpriced_calls, 'call')} whose price is not known"
    if result.unpriced_lost:
        cost += f" + {plural(result.unpriced_lost, 'call')} of unknown price may be billed"
    units = show_units(result.units)
    yield f"  cost: {cost}{f' ({units})' if units else ''}"
    for group in result.errors:
        yield from error_lines(group)
    if result.left:
        yield f"  {plural(result.left, 'cell')} left: leadsync runs resume {result.run_id}"
    if result.reason:
        yield f"  {result.reason}"
    if result.remedy:
        yield f"  next: {result.remedy}"
    for line in (*result.pushed, *result.push_problems):
        yield f"  {line}"


def error_lines(group: ErrorGroup) -> Iterator[str]:
    """One cause of failed cells: how many, an example, the remedy."""
    yield f"  {group.count:,} {group.reason}: {group.detail} (as lead {group.lead_id})"
    if group.remedy:
        yield f"    next: {group.remedy}"


def show_spent(run: Run) -> str:
    """What a run has cost, as far as prices are known; its plan says whether they are."""
    cost = run.cost_usd_micros
    if run.estimate.get("maxUsdMicros", 0) is not None:
        return show_usd(cost)
    return f"{show_usd(cost)}, some unknown" if cost else "price unknown"


def show_range(low: int, high: int | None) -> str:
    """A price range: `$0.12 to $0.45`, `at least $0.12, price unknown`.

    Its upper end is rounded up: a run never costs more than it was said to.
    """
    if high is None:
        return "price unknown" if not low else f"at least {show_usd(low)}"
    least, most = show_usd(low), show_at_most(high)
    return most if low == high or least == most else f"{least} to {most}"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {word.replace('_', ' ')}" for word, number in counts.items())


def show_units(units: Mapping[str, float]) -> str:
    """What providers count, in words: `812 input tokens, 2.5 credits`; empty where nothing is."""
    return ", ".join(_unit(unit, number) for unit, number in units.items() if number)


def _unit(unit: str, number: float) -> str:
    words = _CAPITAL.sub(lambda m: f" {m[0].lower()}", unit)
    if number != 1 and not words.endswith("s"):
        words += "es" if words.endswith("h") else "s"
    return f"{number:,g} {words}" if number < 1e6 else f"{number:,.0f} {words}"
