"""The plan of a run: which cells would be asked, what that may cost, and which caps hold."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadsync.core.engine.cells import BlankField, CellReader, Scope, Skip, read_subjects
from leadsync.core.engine.daily_caps import daily_cap
from leadsync.core.engine.enricher import PlanNotes
from leadsync.core.engine.estimate import Estimator
from leadsync.core.engine.events import FAILURES
from leadsync.core.engine.gate import LeftOut
from leadsync.core.engine.passing import close_gate, pass_gate
from leadsync.core.engine.settings import ConfigSettings
from leadsync.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.engine.cells import LeadCells, Subject
    from leadsync.core.engine.enricher import Settings
    from leadsync.core.engine.estimate import Estimate
    from leadsync.core.models import Column, Doc, Reason
    from leadsync.core.workspace import Workspace

__all__ = ["ColumnPlan", "Plan", "ProviderPlan", "Scope", "make_plan"]

TYPICAL_ANSWER_S = 2.0  # a small model's hundred words, or a look-up with one retry in ten


@dataclass(slots=True)
class ColumnPlan:
    """What a run would do in one column.

    Attributes:
        leads: ids of the leads whose cell is queued, cached ones included.
        cached: how many of them an earlier answer serves for nothing.
        skipped: cells that are not asked, by why: fresh locked filled suppressed condition.
        blank: cells that are not asked because a field is blank, by that field.
        left_out: leads that are not handed over, by why: `not verified`.
        sends: of a column that hands leads over: how many are new, changed, unchanged out there.
        verdicts: of the new and changed ones: how many addresses have which verdict.
        kept: filled cells of queued leads that another than this column filled, and that stay.
        replaced: such cells that the run replaces, because all cells are wanted.
        note: what to know beside, such as that a formula never needs a run.
    """

    column: Column
    leads: array[int] = field(default_factory=lambda: array("q"))
    cached: int = 0
    skipped: Counter[str] = field(default_factory=Counter[str])
    blank: Counter[str] = field(default_factory=Counter[str])
    left_out: Counter[str] = field(default_factory=Counter[str])
    sends: Counter[str] = field(default_factory=Counter[str])
    verdicts: Counter[str] = field(default_factory=Counter[str])
    kept: int = 0
    replaced: int = 0
    note: str = ""

    @property
    def to_ask(self) -> int:
        """Cells for which a provider is asked."""
        return len(self.leads) - self.cached

    def to_doc(self) -> Doc:
        """The numbers as JSON; the leads only as their count."""
        return {
            "key": self.column.key,
            "label": self.column.label,
            "kind": self.column.kind,
            "run": self.to_ask,
            "cached": self.cached,
            **{str(skip): self.skipped[skip] for skip in Skip if skip is not Skip.GONE},
            "blank": dict(self.blank),
            "leftOut": dict(self.left_out),
            "sends": dict(self.sends),
            "verdicts": dict(self.verdicts),
            "kept": self.kept,
            "replaced": self.replaced,
            "usdPerDayMicros": daily_cap(self.column),
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class ProviderPlan:
    """What one provider may be asked and paid.

    Attributes:
        host: where, if a column names an address of its own.
        calls: requests that the run sends.
        more_calls: requests that may follow, depending on the answers.
        max_usd_micros: None where a price is not known.
        max_units: the most that the provider counts, by unit: `{"credit": 200}`.
        per_s: how often it may be asked, as far as that is known.
    """

    name: str
    host: str
    calls: int
    more_calls: int
    min_usd_micros: int
    max_usd_micros: int | None
    max_units: Mapping[str, float]
    per_s: float | None
    usd_per_day_micros: int | None

    @property
    def place(self) -> str:
        """Who is asked, in words: `openai`, `openai at llm.example.com`."""
        return f"{self.name} at {self.host}" if self.host else self.name


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do and cost. The same object for previews, dry runs and JSON.

    Attributes:
        leads: how many leads the filter matches.
        priced_cells: how many requests were made up to find price and cache; where there are
            more cells, the rest is taken to be like these.
        max_cost_usd_micros: the cap of the run; None: none.
        expected_s: how long it takes, roughly.
        no_cache: answers of earlier runs do not serve.
    """

    columns: tuple[ColumnPlan, ...]
    filter_doc: Doc
    filter_text: str
    scope: Scope
    leads: int
    limit: int | None
    providers: tuple[ProviderPlan, ...]
    priced_cells: int
    max_cost_usd_micros: int | None
    concurrency: int
    expected_s: float
    no_cache: bool = False

    @property
    def cells(self) -> int:
        """Cells that the run would settle."""
        return sum(len(part.leads) for part in self.columns)

    @property
    def to_ask(self) -> int:
        """Cells for which a provider is asked."""
        return sum(part.to_ask for part in self.columns)

    @property
    def hands_over(self) -> int:
        """Leads that are sent to be written to: new ones and changed ones."""
        return sum(part.sends["create"] + part.sends["update"] for part in self.columns)

    @property
    def min_usd_micros(self) -> int:
        """The least that all of it costs, as far as prices are known."""
        return sum(provider.min_usd_micros for provider in self.providers)

    @property
    def max_usd_micros(self) -> int | None:
        """The most that all of it costs; None where a price is not known."""
        known = [p.max_usd_micros for p in self.providers if p.max_usd_micros is not None]
        return sum(known) if len(known) == len(self.providers) else None

    def to_doc(self) -> Doc:
        """The plan as JSON."""
        return {
            "filter": self.filter_text,
            "scope": str(self.scope),
            "leads": self.leads,
            "limit": self.limit,
            "cells": self.cells,
            "run": self.to_ask,
            "columns": [part.to_doc() for part in self.columns],
            "providers": [
                {
                    "name": p.name,
                    "host": p.host,
                    "calls": p.calls,
                    "moreCalls": p.more_calls,
                    "maxUnits": dict(p.max_units),
                    "minUsdMicros": p.min_usd_micros,
                    "maxUsdMicros": p.max_usd_micros,
                    "usdPerDayMicros": p.usd_per_day_micros,
                }
                for p in self.providers
            ],
            "pricedCells": self.priced_cells,
            "minUsdMicros": self.min_usd_micros,
            "maxUsdMicros": self.max_usd_micros,
            "caps": {"runUsdMicros": self.max_cost_usd_micros},
            "concurrency": self.concurrency,
            "noCache": self.no_cache,
            "expectedSeconds": round(self.expected_s),
        }


def make_plan(  # noqa: PLR0913 - what the command line says, word for word
    workspace: Workspace,
    column_keys: Sequence[str],
    *,
    filter_doc: Doc,
    filter_text: str = "",
    scope: Scope = Scope.DEFAULT,
    reason: Reason | None = None,
    limit: int | None = None,
    max_cost_usd_micros: int | None = None,
    concurrency: int | None = None,
    no_cache: bool = False,
) -> Plan:
    """Find what a run of these columns would do; nothing is sent or written.

    Streams the leads: 8 bytes a queued cell stay in memory. A column that another one of the
    plan feeds counts the cells that it will have inputs for then.

    Args:
        workspace: whose columns and leads.
        column_keys: keys or labels; an output of a column means that column.
        filter_doc: the leads.
        filter_text: the same in the user's words.
        scope: which cells of them.
        reason: with scope `failed`: only those that failed for it.
        limit: at most so many leads.
        max_cost_usd_micros: cap of the run; None: that of the config, if any.
        concurrency: requests in flight; None: that of the config.
        no_cache: ask anew also where an earlier answer would serve.

    Raises:
        InputError: a column is typed by hand, or its definition does not fit any more.
        NotFound: there is no such column.
    """
    if reason is not None and (scope is not Scope.FAILED or reason not in FAILURES):
        raise InputError(
            f'"{reason}" picks no failed cells',
            next_step=f"--scope failed --reason one of: {', '.join(sorted(FAILURES))}",
        )
    return plan_columns(
        workspace,
        _running_columns(workspace, column_keys),
        filter_doc=filter_doc,
        filter_text=filter_text,
        scope=scope,
        reason=reason,
        limit=limit,
        max_cost_usd_micros=max_cost_usd_micros,
        concurrency=concurrency,
        no_cache=no_cache,
    )


def plan_columns(  # noqa: PLR0913 - as `make_plan`
    workspace: Workspace,
    columns: Sequence[Column],
    *,
    filter_doc: Doc,
    filter_text: str = "",
    scope: Scope = Scope.DEFAULT,
    reason: Reason | None = None,
    limit: int | None = None,
    max_cost_usd_micros: int | None = None,
    concurrency: int | None = None,
    no_cache: bool = False,
) -> Plan:
    """As `make_plan`, of columns that need not be stored yet, for previews of them."""
    wanted = (scope, reason)
    parts = [ColumnPlan(c, note=_FORMULA_NOTE) for c in columns if not c.is_running]
    subjects = read_subjects(workspace.store, [c for c in columns if c.is_running])
    plans = {subject.column.id: ColumnPlan(subject.column) for subject in subjects}
    estimator = Estimator(workspace, uses_cache=not no_cache)
    matched = (
        _judge_all(workspace, subjects, plans, filter_doc, wanted, limit, estimator)
        if (subjects)
        else 0
    )
    estimate = estimator.finish({i: len(p.leads) for i, p in plans.items()})
    for subject in subjects:
        part = plans[subject.column.id]
        part.cached = min(len(part.leads), estimate.cached.get(subject.column.id, 0))
        part.note = _note(subject, part, estimate, ConfigSettings(workspace.config))
    providers = _providers(estimate, workspace.config.provider_caps)
    width = concurrency or workspace.config.concurrency
    cap = max_cost_usd_micros
    return Plan(
        columns=(*plans.values(), *parts),
        filter_doc=filter_doc,
        filter_text=filter_text,
        scope=scope,
        leads=matched,
        limit=limit,
        providers=providers,
        priced_cells=estimate.priced,
        max_cost_usd_micros=workspace.config.max_cost_usd_micros if cap is None else cap,
        concurrency=width,
        expected_s=_expected_s(providers, width),
        no_cache=no_cache,
    )


def _expected_s(providers: Sequence[ProviderPlan], width: int) -> float:
    """How long all requests take, by their number at once and by what providers allow."""
    at_once = math.ceil(sum(p.calls for p in providers) / width) * TYPICAL_ANSWER_S
    limited = (p.calls / p.per_s for p in providers if p.per_s)
    return max(at_once, *limited, 0)


Wanted = tuple[Scope, "Reason | None"]

_FORMULA_NOTE = "a formula is always current: nothing to run"


def _running_columns(workspace: Workspace, keys: Sequence[str]) -> list[Column]:
    catalog = workspace.store.catalog()
    found: dict[int, Column] = {}
    for key in keys:
        column = workspace.column(key)
        driver = catalog.driver(column.key)
        if driver is None and column.kind == "manual":
            raise InputError(
                f'column "{column.key}" is typed by hand; there is nothing to run',
                next_step="leadsync columns list shows which columns run",
            )
        column = driver or column
        found[column.id] = column
    return list(found.values())


def _judge_all(
    workspace: Workspace,
    subjects: Sequence[Subject],
    plans: dict[int, ColumnPlan],
    filter_doc: Doc,
    wanted: Wanted,
    limit: int | None,
    estimator: Estimator,
) -> int:
    reader = CellReader(workspace.store, subjects, replaces=wanted[0] is Scope.ALL)
    matched = chosen = 0
    for lead in reader.scan(filter_doc):
        matched += 1
        if limit is not None and chosen >= limit:
            continue
        chosen += _judge_lead(reader, lead, subjects, plans, wanted, estimator)
    for subject in subjects:
        close_gate(reader.gate(subject), plans[subject.column.id])
    return matched


def _judge_lead(
    reader: CellReader,
    lead: LeadCells,
    subjects: Sequence[Subject],
    plans: dict[int, ColumnPlan],
    wanted: Wanted,
    estimator: Estimator,
) -> bool:
    scope, reason = wanted
    coming: set[str] = set()
    for subject in subjects:
        part = plans[subject.column.id]
        verdict = reader.judge(subject, lead, scope=scope, reason=reason, coming=coming)
        gate = reader.gate(subject)
        if verdict == "run" and gate is not None:
            verdict = pass_gate(gate, subject, lead)
        if verdict == "run":
            verdict = estimator.price(subject, lead, coming)
        if verdict == "run":
            part.leads.append(lead.lead_id)
            strange = reader.filled.from_elsewhere(subject, lead)
            if scope is Scope.ALL:
                part.replaced += strange
            else:
                part.kept += strange
            coming.update(target.key for target in subject.targets)
        elif isinstance(verdict, BlankField):
            part.blank[verdict.field] += 1
        elif isinstance(verdict, LeftOut):
            part.left_out[verdict.why] += 1
        else:
            part.skipped[verdict] += 1
    return bool(coming)


def _note(subject: Subject, part: ColumnPlan, estimate: Estimate, settings: Settings) -> str:
    if not part.leads or not isinstance(subject.enricher, PlanNotes):
        return ""
    later = estimate.later.get(subject.column.id, {})
    return subject.enricher.plan_note(subject.config, len(part.leads), later, settings)


def _providers(estimate: Estimate, caps: Mapping[str, int]) -> tuple[ProviderPlan, ...]:
    return tuple(
        ProviderPlan(
            name,
            host,
            calls=math.ceil(money.calls - 1e-6),  # a request that serves many jobs is a whole one
            more_calls=round(money.more_calls),
            min_usd_micros=round(money.min_usd_micros),
            max_usd_micros=None
            if money.max_usd_micros is None
            else math.ceil(money.max_usd_micros),
            max_units={unit: round(number, 2) for unit, number in money.max_units.items()},
            per_s=money.per_s,
            usd_per_day_micros=caps.get(name),
        )
        for (name, host), money in sorted(estimate.providers.items())
    )
