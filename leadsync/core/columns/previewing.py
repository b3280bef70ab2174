"""The preview of a definition that is not stored: what it would write or ask for a few leads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.columns.checking import check_spec
from leadsync.core.columns.fields import known_fields
from leadsync.core.columns.formulas import TEMPLATE, find_fault, render_formula
from leadsync.core.engine.enricher import Job
from leadsync.core.engine.kinds import find_enricher, parse_config
from leadsync.core.engine.settings import ConfigSettings
from leadsync.core.errors import InputError
from leadsync.core.templates import BlankInput
from leadsync.core.values import show

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadsync.core.columns.checking import ColumnSpec
    from leadsync.core.models import Column
    from leadsync.core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Preview:
    """What a column would do for one lead; nothing was sent or stored.

    Attributes:
        text: the cell of a formula, or the request of a running column.
        is_problem: the text says why nothing comes of it.
        max_usd_micros: the most that the request may cost; None where no price is known.
        max_units: what the provider counts for it at most.
    """

    lead_id: int
    text: str
    is_problem: bool = False
    max_usd_micros: int | None = 0
    max_units: Mapping[str, float] | None = None


def preview(workspace: Workspace, spec: ColumnSpec, lead_ids: Sequence[int]) -> list[Preview]:
    """What a definition would do for these leads. One query; costs nothing.

    Raises:
        InputError: the definition cannot be used.
        NotFound: the kind is not installed.
    """
    columns = workspace.store.columns()
    old = next((column for column in columns if column.key == spec.key), None)
    column = check_spec(spec, columns, old=old).column
    fields = ["id", *(f for f in column.inputs if workspace.store.catalog().find(f))]
    found: list[Preview] = []
    for row in workspace.store.rows(lead_ids, fields):
        values = dict.fromkeys(column.inputs) | dict(zip(fields, row, strict=True))
        found.append(_preview(workspace, column, columns, values))
    return found


def _preview(
    workspace: Workspace, column: Column, columns: Sequence[Column], values: dict[str, Any]
) -> Preview:
    lead_id = int(values["id"])
    if column.kind == TEMPLATE:
        fault = find_fault(column, values, columns)
        if fault is not None:
            return Preview(lead_id, fault.why, is_problem=True)
        text = str(column.config[TEMPLATE])
        return Preview(lead_id, show(render_formula(text, column.type, values, columns)))
    if not column.is_running:
        return Preview(lead_id, "typed by hand")
    try:
        return _request(workspace, Job(lead_id, column, values), known_fields(columns))
    except BlankInput as blank:
        return Preview(lead_id, f"skipped: {blank.field} is blank", is_problem=True)
    except InputError as error:
        return Preview(lead_id, error.message, is_problem=True)


def _request(workspace: Workspace, job: Job, fields: frozenset[str]) -> Preview:
    column = job.column
    enricher = find_enricher(column.kind)
    described = enricher.describe(parse_config(column.kind, column.config), fields)
    for field in described.required:
        if job.values.get(field) in (None, "", ()):
            raise BlankInput(field)
    request = enricher.request(job, ConfigSettings(workspace.config))
    if request is None:
        return Preview(job.lead_id, "what is sent for it is known only when it runs")
    text = "\n".join(_lines(request.body))
    return Preview(
        job.lead_id, text, max_usd_micros=request.max_usd_micros, max_units=request.max_units
    )


def _lines(body: object, name: str = "") -> Iterator[str]:
    """A request for people: long texts whole, everything else on lines of their own."""
    if isinstance(body, Mapping):
        for key, value in cast("Mapping[str, Any]", body).items():
            yield from _lines(value, f"{name}.{key}" if name else str(key))
    elif isinstance(body, (list, tuple)):
        for number, value in enumerate(cast("Sequence[Any]", body)):
            yield from _lines(value, f"{name}[{number}]")
    elif isinstance(body, str) and "\n" in body:
        yield f"{name}:"
        yield from (f"  {line}" for line in body.splitlines())
    elif body not in (None, ""):
        yield f"{name}: {body if isinstance(body, str) else json.dumps(body)}"
