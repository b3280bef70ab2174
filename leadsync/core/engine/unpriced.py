"""Requests of a column whose price nobody knows, as far as that can be told before it runs."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from leadsync.core.columns.fields import WELL_KNOWN
from leadsync.core.engine.cells import CellReader, read_subjects
from leadsync.core.engine.enricher import Job, LaterRequests
from leadsync.core.engine.settings import ConfigSettings
from leadsync.core.errors import InputError, NotFound, PriceError
from leadsync.core.models import OWN_FIELDS, ColumnType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leadsync.core.engine.cells import Subject
    from leadsync.core.engine.enricher import CallRequest, Settings
    from leadsync.core.models import Column
    from leadsync.core.workspace import Workspace

LEADS_TRIED = 20
_MADE_UP: Mapping[ColumnType, Any] = {
    ColumnType.EMAIL: "ada@never-sent.com",
    ColumnType.URL: "https://www.linkedin.com/in/never-sent",
    ColumnType.NUMBER: 1,
    ColumnType.DATE: "2026-01-01",
    ColumnType.BOOL: True,
}
_TEXT = "never-sent.com"
"""As good a domain as a name; nothing of a made-up lead is sent."""


def find_unpriced(workspace: Workspace, column: Column) -> CallRequest | None:
    """A request of the column whose price is not known; None: none that can be told beforehand.

    Requests are made up about a lead that has all that the column reads, and about the first leads.
    A column that does not fit the workspace any more asks nothing, and says so when it runs.

    Raises:
        PriceError: the price file cannot be read.
    """
    try:
        (subject,) = read_subjects(workspace.store, [column])
    except (InputError, NotFound):
        return None
    settings = ConfigSettings(workspace.config)
    for values in _leads(workspace, subject):
        for request in _requests(subject, Job(0, column, values), settings):
            if request.max_usd_micros is None:
                return request
    return None


def _leads(workspace: Workspace, subject: Subject) -> Iterator[Mapping[str, Any]]:
    types = {name: kind for name, (_, kind) in WELL_KNOWN.items()} | dict(OWN_FIELDS)
    types |= {column.key: column.type for column in workspace.store.columns()}
    reads = {*subject.description.inputs, *subject.column.inputs}
    yield {name: _MADE_UP.get(types.get(name, ColumnType.TEXT), _TEXT) for name in reads}
    reader = CellReader(workspace.store, [subject])
    for lead in itertools.islice(reader.scan({}), LEADS_TRIED):
        yield lead.values


def _requests(subject: Subject, job: Job, settings: Settings) -> Iterator[CallRequest]:
    """What would be asked about a lead; nothing where it lacks something."""
    try:
        first = subject.enricher.request(job, settings)
        if first is not None:
            yield first
        if isinstance(subject.enricher, LaterRequests):
            yield from subject.enricher.later_requests(job, settings)
    except PriceError:
        raise
    except InputError:
        return  # another lead may do
