"""The plan of a run: which cells would be asked, what that may cost, and which caps hold."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from leadsync.core.engine.cells import BlankField, CellReader, Scope, read_subjects
from leadsync.core.engine.enricher import PlanNotes
from leadsync.core.engine.estimate import Estimator
from leadsync.core.engine.events import FAILURES
from leadsync.core.engine.gate import LeftOut
from leadsync.core.engine.passing import close_gate, pass_gate
from leadsync.core.engine.plan import ColumnPlan, Plan, ProviderPlan
from leadsync.core.engine.settings import ConfigSettings
from leadsync.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.config import Config
    from leadsync.core.engine.cells import LeadCells, Subject
    from leadsync.core.engine.enricher import Settings
    from leadsync.core.engine.estimate import Estimate
    from leadsync.core.models import Column, Doc, Reason
    from leadsync.core.workspace import Workspace

WIDEST = 32  # what is in flight at a stop may be paid, so more is for who asks for it
TYPICAL_ANSWER_S = 2.0  # a small model's hundred words, or a look-up with one retry in ten


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
        concurrency: requests in flight; None: that of the config, or as many as known limits need.
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
        if subjects
        else 0
    )
    estimate = estimator.finish({i: len(p.leads) for i, p in plans.items()})
    for subject in subjects:
        part = plans[subject.column.id]
        part.cached = min(len(part.leads), estimate.cached.get(subject.column.id, 0))
        part.note = _note(subject, part, estimate, ConfigSettings(workspace.config))
    providers = _providers(estimate, workspace.config.provider_caps)
    width = concurrency or _usual_width(workspace.config, providers)
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


def _usual_width(config: Config, providers: Sequence[ProviderPlan]) -> int:
    """How many requests are in flight where nobody said so: enough to use the limits that are known."""
    if config.is_given("concurrency"):
        return config.concurrency
    needed = max((p.per_s * TYPICAL_ANSWER_S for p in providers if p.per_s), default=0)
    return max(config.concurrency, min(WIDEST, math.ceil(needed)))


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
