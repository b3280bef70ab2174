"""Formulas: template columns, computed in the same unit as the change they depend on."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from leadsync.core.columns.fields import formula_fields
from leadsync.core.columns.graph import in_order
from leadsync.core.errors import InputError
from leadsync.core.models import ColumnType
from leadsync.core.templates import BlankInput, Template, compile_template
from leadsync.core.values import convert

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.models import Column, Doc, Value
    from leadsync.core.store.protocol import Store

TEMPLATE = "template"
"""The kind of formula columns; their config is `{"template": text}`."""

COMPILED_AT_ONCE = 256
_CONVERTED = frozenset({ColumnType.NUMBER, ColumnType.BOOL, ColumnType.DATE, ColumnType.JSON})


class Fault(NamedTuple):
    """Why a formula gives no value for a lead.

    Attributes:
        is_blank_input: only a field that it needs is blank, which is no mistake.
    """

    why: str
    is_blank_input: bool


class ColumnFormulas:
    """The formulas of one workspace, as its columns are now. See `store.tx_protocol.Formulas`."""

    def __init__(self, columns: Sequence[Column]) -> None:
        """Take all columns; those that are no formulas only lend their keys."""
        known = formula_fields(columns)
        ordered = [column for column in in_order(columns) if column.kind == TEMPLATE]
        self._steps = [(column, _template_of(column, known)) for column in ordered]
        behind = {column.key for column in ordered}
        left_out = [c for c in columns if c.kind == TEMPLATE and c.key not in behind]
        self._steps += [(column, None) for column in left_out]

    @property
    def reads(self) -> frozenset[str]:
        """Keys of all fields that any formula reads."""
        return frozenset(f for _, template in self._steps if template for f in template.fields)

    @property
    def writes(self) -> tuple[Column, ...]:
        """The formula columns, in an order in which each can be computed."""
        return tuple(column for column, _ in self._steps)

    def compute(self, values: Mapping[str, Value]) -> dict[str, Value]:
        """All formula cells of one lead; a formula that cannot be rendered for it is blank."""
        seen = dict(values)
        computed: dict[str, Value] = {}
        for column, template in self._steps:
            value = _cell(column, template, seen) if template else None
            computed[column.key] = seen[column.key] = value
        return computed


def make_formulas(columns: Sequence[Column]) -> ColumnFormulas:
    """The formulas of these columns. Cheap: compiled templates are kept between calls."""
    return ColumnFormulas(columns)


def render_formula(
    text: str, kind: ColumnType, values: Mapping[str, Value], columns: Sequence[Column]
) -> Value:
    """What a formula that is not stored yet gives for one lead: the preview of a dialog.

    Raises:
        InputError: the template does not compile.
    """
    template = _compiled(text, formula_fields(columns))
    found = _text(template, values)
    return None if found is None else convert(found, kind)[0]


def find_fault(
    column: Column, values: Mapping[str, Any], columns: Sequence[Column]
) -> Fault | None:
    """Why a formula column is blank for a lead with these cells; None where it renders."""
    try:
        _compile(column, formula_fields(columns)).render_cell(values)
    except BlankInput as blank:
        return Fault(f"{blank.field} is blank", is_blank_input=True)
    except InputError as error:
        return Fault(error.message, is_blank_input=False)
    return None


def count_faults(store: Store, column: Column, *, is_stored: bool = True) -> tuple[int, str]:
    """For how many live leads a formula fails, and how at the first; blank inputs do not count.

    Reads the leads whose cell is blank, or all where the definition is not stored.
    """
    columns, catalog = store.columns(), store.catalog()
    fields = ["id", *(key for key in column.inputs if catalog.find(key))]
    number, first = 0, ""
    blank: Doc = {column.key: {"$exists": False}}
    for row in store.scan(blank if is_stored else {}, fields):
        values = dict(zip(fields, row, strict=True))
        fault = find_fault(column, values, columns)
        if fault and not fault.is_blank_input:
            number += 1
            first = first or fault.why
    return number, first


def _cell(column: Column, template: Template, values: Mapping[str, Value]) -> Value:
    text = _text(template, values)
    if text is None or column.type not in _CONVERTED:
        return text
    return convert(text, column.type)[0]


def _text(template: Template, values: Mapping[str, Value]) -> str | None:
    try:
        return template.render_cell(values)
    except (BlankInput, InputError):
        return None


def _template_of(column: Column, known: frozenset[str]) -> Template | None:
    try:
        return _compile(column, known)
    except InputError:
        return None


def _compile(column: Column, known: frozenset[str]) -> Template:
    # What it read when it was saved stays known: undoing the column it reads must not break it.
    return _compiled(str(column.config.get(TEMPLATE, "")), known.union(column.inputs))


@lru_cache(maxsize=COMPILED_AT_ONCE)
def _compiled(text: str, known: frozenset[str]) -> Template:
    return compile_template(text, known)
