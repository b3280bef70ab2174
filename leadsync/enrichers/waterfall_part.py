"""A part of a waterfall: another kind of column, its settings, and the names of what it finds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import jmespath
from jmespath.exceptions import JMESPathError

from leadsync.core.columns.fields import WELL_KNOWN
from leadsync.core.columns.keys import RESERVED_KEYS
from leadsync.core.engine.enricher import Job
from leadsync.core.engine.kinds import find_enricher, parse_config
from leadsync.core.engine.outcome_cells import cells_of
from leadsync.core.errors import InputError, LeadSyncError
from leadsync.core.models import KEY_PATTERN, OWN_FIELDS, WRITABLE_OWN_FIELDS, Column, ColumnType

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from leadsync.core.engine.enricher import Description, Enricher
    from leadsync.core.engine.outcomes import Json
    from leadsync.core.models import Value as Cell
    from leadsync.enrichers.waterfall_config import Question

VALUE = "value"
"""What an answer is called that is a single cell."""
STEP = "step"
"""What the name of the step is called that answered."""
_RESERVED = RESERVED_KEYS - {*WRITABLE_OWN_FIELDS}
_WHOLE = "@"
_PLACEHOLDERS: Mapping[ColumnType, str] = {
    ColumnType.EMAIL: "lead-{}@never-sent.com",  # no reserved domain: these are not looked up
    ColumnType.URL: "https://example.com/{}",
    ColumnType.NUMBER: "1",
    ColumnType.DATE: "2026-01-01",
    ColumnType.BOOL: "true",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A question that is ready to be asked.

    Attributes:
        column: the column as the asked kind sees it.
        types: type by name of what it finds.
    """

    name: str
    column: Column
    enricher: Enricher
    description: Description
    types: Mapping[str, ColumnType]
    _reading: Column

    @property
    def kind(self) -> str:
        """The kind that is asked."""
        return self.column.kind

    def job(self, job: Job, found: Mapping[str, Cell], attempt: int = 1) -> Job:
        """A job of the waterfall as the asked kind sees it; `found` goes before the lead's cells."""
        return Job(job.lead_id, self.column, {**job.values, **found}, attempt)

    def blank_of(self, job: Job) -> str:
        """A field that the kind needs and that is blank; empty where there is none."""
        for name in self.description.required:
            if job.values.get(name) in (None, "", ()):
                return name
        return ""

    def read(self, result: Json) -> dict[str, Cell]:
        """What an answer says, by name."""
        targets = [Column(0, name, name, type=kind) for name, kind in self.types.items()]
        return cells_of(self._reading, targets, result)

    def placeholders(self, lead_id: int) -> dict[str, Cell]:
        """What stands for an answer in a plan; another for each lead and step."""
        own = f"{lead_id}-{self.name}"
        return {n: _PLACEHOLDERS.get(t, "{}").format(own) for n, t in self.types.items()}


def make_part(question: Question, fields: Collection[str], column: Column, alone: str) -> Part:
    """A question that is ready to be asked.

    Args:
        question: as the config has it.
        fields: keys of the fields that it may read.
        column: the waterfall.
        alone: the name of an answer that is a single cell.

    Raises:
        InputError: its kind is not there, or its settings do not fit; the step is named.
    """
    try:
        return _make(question, fields, column, alone)
    except LeadSyncError as error:
        message = f'step "{question.label}": {error.message}'
        raise InputError(message, next_step=error.next_step) from error


def _make(question: Question, fields: Collection[str], column: Column, alone: str) -> Part:
    enricher = find_enricher(question.kind)
    description = enricher.describe(parse_config(question.kind, question.config), fields)
    names = question.outputs or {path: path for path in description.outputs}
    paths = names or {_WHOLE: alone}
    for path, name in paths.items():
        _check_output(path, name)
    if len({*paths.values()}) < len(paths):
        raise InputError("two of its outputs have one name")
    own = replace(
        column,
        kind=question.kind,
        config=question.config,
        inputs=description.inputs,
        outputs=dict(names),
        condition="",
        caps={},
    )
    types = {name: description.outputs.get(path) or _type_of(name) for path, name in paths.items()}
    reading = replace(own, outputs=dict(paths))
    return Part(question.label, own, enricher, description, types, reading)


def _type_of(name: str) -> ColumnType:
    """The type that a name usually has."""
    known = WELL_KNOWN.get(name, ("", ColumnType.TEXT))[1]
    return OWN_FIELDS.get(name, known)


def _check_output(path: str, name: str) -> None:
    if not KEY_PATTERN.fullmatch(name) or name in _RESERVED or name == STEP:
        raise InputError(
            f'the output "{path}" cannot be called "{name}"',
            next_step=f'as in: outputs = {{ "{path}" = "verify" }}',
        )
    try:
        jmespath.compile(path)
    except JMESPathError as error:
        raise InputError(f'the output "{path[:80]}" is no path into an answer') from error
