"""Whether a cell is to be asked: locked, suppressed, its condition, blank inputs, and scope.

Plans ask it for every lead of a filter; runs ask again when a cell's turn comes, because leads
change in between.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from leadsync.core.columns.fields import known_fields
from leadsync.core.columns.graph import dependants, in_order
from leadsync.core.engine.enricher import Sends
from leadsync.core.engine.filled import FilledCells
from leadsync.core.engine.gate import Gate, LeftOut
from leadsync.core.engine.kinds import find_enricher, parse_config
from leadsync.core.models import CellState, Reason, Status, now_iso
from leadsync.core.query.conditions import All, Not, Some, StateTest, Test, TextTest
from leadsync.core.query.document import read_document
from leadsync.core.query.match import holds
from leadsync.core.query.parse import parse_filter
from leadsync.core.suppression import SuppressionList

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from pydantic import BaseModel

    from leadsync.core.engine.enricher import Description, Enricher
    from leadsync.core.models import Column, Doc
    from leadsync.core.query.catalog import Catalog
    from leadsync.core.query.conditions import Condition
    from leadsync.core.store.protocol import Row, Store

LEADS_AT_ONCE = 1000
VALID_UNTIL = "validUntil"
_NO_STATE = CellState()
_NOT_AGAIN = frozenset({Reason.UNKNOWN, Reason.REFUSED})
"""Failures that are asked again only when somebody says so: maybe billed, or of no use."""


class Scope(StrEnum):
    """Which cells of a column a plan takes."""

    DEFAULT = "default"  # empty, stale or failed, but for what was refused or maybe billed
    EMPTY = "empty"
    STALE = "stale"
    FAILED = "failed"
    ALL = "all"


class Skip(StrEnum):
    """Why a cell is not asked."""

    FRESH = "fresh"
    FAILED = "failed"  # refused, maybe billed, or of another reason: asked again on request only
    OUTSIDE = "outside"  # empty or stale, where the scope is another
    LOCKED = "locked"
    SUPPRESSED = "suppressed"
    CONDITION = "condition"
    FILLED = "filled"  # by an import, say: a run fills what is blank
    WAITING = "waiting"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class BlankField:
    """The cell is not asked, because this field is blank."""

    field: str

    def __str__(self) -> str:
        return f"{self.field} is blank"


Verdict = Literal["run"] | Skip | BlankField | LeftOut


@dataclass(frozen=True, slots=True)
class Subject:
    """A running column with all that deciding about its cells takes.

    Attributes:
        targets: the columns that it fills: itself, or its outputs.
        before: ids of columns of the same run that must be filled first.
    """

    column: Column
    enricher: Enricher
    config: BaseModel
    description: Description
    targets: tuple[Column, ...]
    condition: Condition | None
    before: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class LeadCells:
    """What was read of one lead: cells by field key, states by column id.

    Attributes:
        metas: of tasks, by column id, where it matters who wrote a filled cell.
    """

    lead_id: int
    values: Mapping[str, Any]
    states: Mapping[int, CellState]
    metas: Mapping[int, Doc] = field(default_factory=dict[int, "Doc"])


def read_subjects(store: Store, columns: Sequence[Column]) -> list[Subject]:
    """The columns of a run, in the order in which they can be filled.

    Raises:
        InputError: a config, a template or a condition does not fit the workspace any more.
        NotFound: the kind of a column is not installed.
    """
    every = store.columns()
    catalog = store.catalog()
    fields = known_fields(every)
    chosen = {column.id: column for column in columns}  # as given: it may differ from the stored
    ordered = [chosen.pop(c.id) for c in in_order(every) if c.id in chosen]
    ordered += chosen.values()
    later = {c.id: {d.id for d in dependants(every, c.key)} for c in ordered}
    subjects: list[Subject] = []
    for column in ordered:
        config = parse_config(column.kind, column.config)
        enricher = find_enricher(column.kind)
        before = frozenset(other for other, ids in later.items() if column.id in ids)
        subjects.append(
            Subject(
                column=column,
                enricher=enricher,
                config=config,
                # What it read when it was saved stays known: a removed column reads as blank.
                description=enricher.describe(config, fields | set(column.inputs)),
                targets=_targets(column, every),
                condition=_condition(column, catalog),
                before=before - {column.id},
            )
        )
    return subjects


def _targets(column: Column, every: Iterable[Column]) -> tuple[Column, ...]:
    if not column.outputs:
        return (column,)
    keys = set(column.outputs.values())
    return tuple(c for c in every if c.key in keys)


def _condition(column: Column, catalog: Catalog) -> Condition | None:
    if not column.condition:
        return None
    return read_document(parse_filter(column.condition, catalog), catalog)


class CellReader:
    """Reads leads in batches with all that judging their cells for these columns takes.

    Attributes:
        filled: knows which filled cells the columns did not write.
    """

    def __init__(
        self, store: Store, subjects: Sequence[Subject], *, replaces: bool = False
    ) -> None:
        """Find out which fields and states have to be read.

        Args:
            store: of the leads.
            subjects: the columns.
            replaces: filled cells that these columns did not write are replaced, too.
        """
        self._store = store
        self.filled = FilledCells(store, subjects, replaces=replaces)
        self._suppressed_at = store.documents_revision()
        self._suppressed = SuppressionList(store)
        catalog = store.catalog()
        wanted = {"id", "email", "linkedin_url"}
        stated: set[int] = set()
        self._gates = {
            subject.column.id: Gate(store, subject, subject.enricher)
            for subject in subjects
            if isinstance(subject.enricher, Sends)
        }
        for gate in self._gates.values():
            wanted.update(gate.fields)
            stated.update(gate.states)
        for subject in subjects:
            wanted.update(subject.description.inputs, subject.column.inputs)
            wanted.update(target.key for target in subject.targets)
            stated.update(target.id for target in (*subject.targets, subject.column))
            if subject.condition is not None:
                _add_tested(subject.condition, catalog, wanted, stated)
        self._fields = sorted(field for field in wanted if catalog.find(field))
        self._column_ids = sorted(stated)
        self._ageing = [s.column.id for s in subjects if s.description.ages]
        self._keys = {column.id: column.key for column in catalog.columns}

    def gate(self, subject: Subject) -> Gate | None:
        """What stands between leads and the place that a column sends them to, if it does."""
        return self._gates.get(subject.column.id)

    def scan(self, filter_doc: Doc) -> Iterator[LeadCells]:
        """All live leads that match, by id; memory does not grow with their number."""
        rows: list[Row] = []
        for row in self._store.scan(filter_doc, self._fields):
            rows.append(row)
            if len(rows) == LEADS_AT_ONCE:
                yield from self._with_metas(self._with_states(rows))
                rows = []
        yield from self._with_metas(self._with_states(rows))

    def read(self, lead_ids: Sequence[int]) -> dict[int, LeadCells]:
        """These leads, without those that are in the trash or gone.

        Where all cells are replaced, without `metas`: only plans tell how many those are.
        """
        self._renew_suppressed()
        rows = list(self._store.scan({"id": {"$in": list(lead_ids)}}, self._fields))
        leads = self._with_states(rows)
        every = self._with_metas(leads, is_plan=False)
        return {lead.lead_id: lead for lead in every}

    def _renew_suppressed(self) -> None:
        """Hear of people who were suppressed or erased since the last look."""
        revision = self._store.documents_revision()
        if revision != self._suppressed_at:
            self._suppressed_at, self._suppressed = revision, SuppressionList(self._store)

    def _with_states(self, rows: Sequence[Row]) -> list[LeadCells]:
        if not rows:
            return []
        at = self._fields.index("id")
        lead_ids = [row[at] for row in rows]
        states = self._store.states(lead_ids, self._column_ids)
        for cell in self._expired(lead_ids):
            states[cell] = replace(states.get(cell, _NO_STATE), stale=True)
        by_lead: dict[int, dict[int, CellState]] = {}
        for (lead_id, column_id), state in states.items():
            by_lead.setdefault(lead_id, {})[column_id] = state
        return [
            LeadCells(row[at], dict(zip(self._fields, row, strict=True)), by_lead.get(row[at], {}))
            for row in rows
        ]

    def _with_metas(
        self, leads: Sequence[LeadCells], *, is_plan: bool = True
    ) -> Iterator[LeadCells]:
        metas = {} if self.filled.replaces and not is_plan else self.filled.metas(leads)
        for gate in self._gates.values():
            for task in gate.reads.doubtful(leads):
                metas.setdefault(task.lead_id, {})[task.column_id] = task.meta
        for lead in leads:
            known = metas.get(lead.lead_id)
            yield replace(lead, metas=known) if known else lead

    def _expired(self, lead_ids: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Cells (lead, column) whose answer does not hold any more."""
        now = now_iso()
        for task in self._store.tasks(lead_ids, self._ageing) if self._ageing else ():
            if str(task.meta.get(VALID_UNTIL) or now) < now:
                yield task.lead_id, task.column_id

    def judge(
        self,
        subject: Subject,
        lead: LeadCells,
        *,
        scope: Scope,
        reason: Reason | None = None,
        coming: Collection[str] = (),
    ) -> Verdict:
        """Whether to ask for this cell.

        Args:
            subject: the column.
            lead: what was read of the lead.
            scope: which cells are wanted.
            reason: of these, only those that failed for it.
            coming: keys of fields that columns before it are going to fill for this lead.
        """
        states = lead.states
        changes = not set(subject.column.inputs).isdisjoint(coming)
        if unwanted := self._without_room(subject, lead) or _unwanted(
            subject, lead, scope, reason, inputs_change=changes
        ):
            return unwanted
        email, profile = lead.values.get("email"), lead.values.get("linkedin_url")
        if self._suppressed.keeps_out(email, profile):
            return Skip.SUPPRESSED
        if subject.condition is not None and not changes:
            by_key = {self._keys[i]: state for i, state in states.items() if i in self._keys}
            if not holds(subject.condition, lead.values, by_key):
                return Skip.CONDITION
        for name in subject.description.required:
            if name not in coming and lead.values.get(name) in (None, "", ()):
                return BlankField(name)
        gate = self._gates.get(subject.column.id)
        return (gate.refusal(lead) if gate else None) or "run"

    def _without_room(self, subject: Subject, lead: LeadCells) -> Skip | None:
        """Why an answer would be written nowhere."""
        if all(lead.states.get(t.id, _NO_STATE).locked for t in subject.targets):
            return Skip.LOCKED
        if lead.states.get(subject.column.id, _NO_STATE).reason is Reason.WAITING:
            return Skip.WAITING
        return None if self.filled.has_room(subject, lead) else Skip.FILLED


def _unwanted(
    subject: Subject,
    lead: LeadCells,
    scope: Scope,
    reason: Reason | None,
    *,
    inputs_change: bool,
) -> Skip | None:
    state = lead.states.get(subject.column.id, _NO_STATE)
    if scope is Scope.ALL and reason is None:
        return None
    state = _settled(state)
    is_wanted = _in_scope(subject, lead, state, scope, inputs_change=inputs_change)
    if is_wanted and reason in (None, state.reason):
        return None
    if state.status is Status.ERROR:
        return Skip.FAILED
    return Skip.FRESH if state.status is Status.SUCCESS and not state.stale else Skip.OUTSIDE


def _in_scope(
    subject: Subject, lead: LeadCells, state: CellState, scope: Scope, *, inputs_change: bool
) -> bool:
    if scope is Scope.ALL:
        return True
    failed = state.status is Status.ERROR
    stale = state.status is Status.SUCCESS and (state.stale or inputs_change)
    # A lead about whom a provider knows nothing has a settled cell: it is not asked twice.
    empty = state.status is None and any(
        lead.values.get(target.key) is None for target in subject.targets
    )
    if scope is Scope.DEFAULT:
        return empty or stale or (failed and state.reason not in _NOT_AGAIN)
    return {Scope.EMPTY: empty, Scope.STALE: stale, Scope.FAILED: failed}[scope]


def _settled(state: CellState) -> CellState:
    """What a cell was before it was queued: a run that ended early leaves it so."""
    if state.status is not Status.PENDING:
        return state
    status, reason = state.settled or (None, None)
    return replace(state, status=status, reason=reason)


def _add_tested(
    condition: Condition, catalog: Catalog, fields: set[str], column_ids: set[int]
) -> None:
    match condition:
        case Test():
            fields.add(condition.field)
        case TextTest():
            fields.update(catalog.names)
        case StateTest():
            column_ids.update(c.id for c in catalog.running if condition.column in ("any", c.key))
        case All() | Some():
            for part in condition.parts:
                _add_tested(part, catalog, fields, column_ids)
        case Not():
            _add_tested(condition.part, catalog, fields, column_ids)
