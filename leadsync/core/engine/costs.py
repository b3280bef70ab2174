"""What requests have cost, from the journal: by column, provider, day, run or campaign."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from leadsync.core.engine.callbacks import PROVIDER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leadsync.core.models import CallCost, Run
    from leadsync.core.workspace import Workspace


class CostsBy(StrEnum):
    """What costs are summed up by."""

    COLUMN = "column"
    PROVIDER = "provider"
    DAY = "day"
    RUN = "run"
    CAMPAIGN = "campaign"


PLANNED_BY = (CostsBy.RUN, CostsBy.PROVIDER)
"""What plans speak of, so that their prices stand beside."""


@dataclass(slots=True)
class CostLine:
    """One sum.

    Attributes:
        name: key of the column, name of the provider or campaign, day in UTC, number of the run.
        calls: questions sent, those that were refused for nothing left out; each lead of a bulk
            request is one. A start or batch that answers many leads later is one, and looks for
            such answers are none.
        cost_usd_micros: what was paid, as far as prices are known.
        unpriced: answers whose price is not known.
        at_most_usd_micros: what lost answers may have cost beside that.
        lost_unpriced: lost answers of unknown price, which may be billed beside that.
        min_usd_micros: the least that plans of these runs said; None where plans do not say it.
        max_usd_micros: the most; None where a price was not known.
        units: what providers counted in answers whose price is not known, such as credits.
    """

    name: str
    calls: int = 0
    cost_usd_micros: int = 0
    unpriced: int = 0
    at_most_usd_micros: int = 0
    lost_unpriced: int = 0
    min_usd_micros: int | None = None
    max_usd_micros: int | None = None
    units: dict[str, float] = field(default_factory=dict[str, float])


def cost_report(workspace: Workspace, by: CostsBy, *, since: str = "") -> list[CostLine]:
    """Sums over the whole journal, the dearest first; days in their order.

    Estimates stand beside runs and providers, for what began in that time.

    Args:
        workspace: whose journal.
        by: what to sum up by.
        since: only calls that were sent at this moment or later, such as `2026-11-01`.
    """
    name_of = _namer(workspace, by)
    lines: dict[str, CostLine] = {}
    for cost in workspace.store.costs(since=since):
        if cost.cost_usd_micros == 0 and (cost.is_look or not cost.is_answered):
            continue  # it asked for nothing new, or never left
        if cost.provider == PROVIDER:
            continue  # it came by itself
        for name, share in name_of(cost).items():
            _add(lines.setdefault(name, CostLine(name)), cost, share)
    if by in PLANNED_BY:
        for run in workspace.store.runs():
            if run.created_at >= since:
                _add_estimate(lines, run, by)
    if by is CostsBy.DAY:
        return [lines[name] for name in sorted(lines)]
    return sorted(lines.values(), key=lambda line: (-line.cost_usd_micros, line.name))


Shares = dict[str, float]
"""What part of a call belongs to each name."""


def _namer(workspace: Workspace, by: CostsBy) -> Callable[[CallCost], Shares]:
    match by:
        case CostsBy.PROVIDER:
            return lambda cost: {cost.provider: 1}
        case CostsBy.DAY:
            return lambda cost: {cost.started_at[:10]: 1}
        case CostsBy.RUN:
            return lambda cost: {str(cost.run_id): 1}
        case CostsBy.COLUMN:
            keys = {column.id: column.key for column in workspace.store.columns()}
            return lambda cost: {keys.get(cost.column_id, f"removed {cost.column_id}"): 1}
        case CostsBy.CAMPAIGN:
            fields = ("id", "campaign")
            campaigns: dict[int, str] = {}
            for is_trashed in (False, True):
                campaigns |= dict(workspace.store.scan({}, fields, trashed=is_trashed))
            return lambda cost: _by_campaign(cost, campaigns)


def _by_campaign(cost: CallCost, campaigns: Mapping[int, str]) -> Shares:
    shares: Shares = {}
    for lead_id in cost.lead_ids:
        name = campaigns.get(lead_id, "removed leads")
        shares[name] = shares.get(name, 0) + 1 / len(cost.lead_ids)
    return shares


def _add(line: CostLine, cost: CallCost, share: float) -> None:
    line.calls += not (cost.is_look or (cost.is_refused and cost.cost_usd_micros == 0))
    if not cost.is_answered:
        line.at_most_usd_micros += round((cost.most_usd_micros or 0) * share)
        line.lost_unpriced += cost.most_usd_micros is None
    elif cost.cost_usd_micros is None:
        line.unpriced += 1
        for unit, number in cost.units.items():
            line.units[unit] = line.units.get(unit, 0) + number * share
    else:
        line.cost_usd_micros += round(cost.cost_usd_micros * share)


def _add_estimate(lines: dict[str, CostLine], run: Run, by: CostsBy) -> None:
    parts: list[dict[str, Any]] = run.estimate.get("providers", [])
    if by is CostsBy.RUN:
        parts = [{**run.estimate, "name": str(run.id)}]
    for part in parts:
        line = lines.get(part["name"])
        if line is None:
            continue
        is_first = line.min_usd_micros is None
        line.min_usd_micros = (line.min_usd_micros or 0) + part["minUsdMicros"]
        most = part["maxUsdMicros"]
        if is_first:
            line.max_usd_micros = most
        elif line.max_usd_micros is not None:
            line.max_usd_micros = None if most is None else line.max_usd_micros + most
