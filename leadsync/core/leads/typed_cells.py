"""What a person types into the fields of a lead, as cells; what does not fit is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadsync.core.columns.fields import WELL_KNOWN, find_key, label_of
from leadsync.core.columns.formulas import TEMPLATE
from leadsync.core.errors import InputError, NotFound, nearest
from leadsync.core.identity import clean_email_cell, is_linkedin, linkedin_identity
from leadsync.core.importing.merge import ALTERNATES, addresses, join_addresses
from leadsync.core.models import OWN_FIELDS, WRITABLE_OWN_FIELDS, Column, ColumnType
from leadsync.core.values import convert, storable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.models import Value

_NOUNS = {
    ColumnType.NUMBER: "a number",
    ColumnType.BOOL: "yes or no",
    ColumnType.DATE: "a date such as 2026-03-31",
    ColumnType.JSON: "JSON",
}
_ELSEWHERE = {
    "tags": "leadsync tags add",
    "campaign": "leadsync leads move",
}


@dataclass(slots=True)
class TypedCells:
    """Cells by key, and the well-known columns that have to be made for them."""

    cells: dict[str, Value] = field(default_factory=dict[str, "Value"])
    new_columns: list[Column] = field(default_factory=list[Column])


def read_cells(
    columns: Sequence[Column], texts: Mapping[str, str], *, may_make: bool = True
) -> TypedCells:
    """The cells that texts make, by key or label of their field; blank text is a blank cell.

    Without `may_make` the fields are keys of columns that were there a moment ago: none is made
    in place of one that somebody has removed.

    Raises:
        InputError: a text does not fit its field, the field cannot be written, or was removed.
        NotFound: there is no such field; the nearest is named.
    """
    by_key = {column.key: column for column in columns}
    typed = TypedCells()
    others: list[str] = []
    for name, text in texts.items():
        if not may_make and name not in by_key and name not in OWN_FIELDS:
            raise InputError(
                f'column "{name}" was removed meanwhile',
                next_step="leadsync undo brings it back; leadsync history shows what was done",
            )
        key = _writable_key(name, columns)
        column = by_key.get(key)
        if column is None and key not in OWN_FIELDS:
            label, kind = WELL_KNOWN[key]
            column = by_key[key] = Column(0, key, label, type=kind)
            typed.new_columns.append(column)
        if column is not None and column.kind == TEMPLATE:
            raise InputError(
                f'"{key}" is computed from other fields', next_step=f"leadsync columns edit {key}"
            )
        if key == "email":
            typed.cells[key], others = _addresses(text)
        else:
            typed.cells[key] = _cell(key, column, text)
    if others:
        _add_alternates(typed, by_key, others)
    return typed


def _writable_key(name: str, columns: Sequence[Column]) -> str:
    key = find_key(name, columns)
    if key is None:
        known = [*WRITABLE_OWN_FIELDS, *WELL_KNOWN, *(column.key for column in columns)]
        raise NotFound("field", name, known=known, next_step="leadsync columns list")
    if key in OWN_FIELDS and key not in WRITABLE_OWN_FIELDS:
        raise InputError(f'"{key}" cannot be set by hand', next_step=_ELSEWHERE.get(key, ""))
    return key


def _addresses(text: str) -> tuple[str | None, list[str]]:
    found = clean_email_cell(text)
    if found.invalid:
        raise InputError(f'"{found.invalid[:80]}" is no e-mail address')
    return found.email, list(found.alternates)


def _add_alternates(typed: TypedCells, by_key: Mapping[str, Column], others: list[str]) -> None:
    if ALTERNATES not in by_key:
        label, kind = WELL_KNOWN[ALTERNATES]
        typed.new_columns.append(Column(0, ALTERNATES, label, type=kind))
    known = addresses(typed.cells.get(ALTERNATES))
    typed.cells[ALTERNATES] = join_addresses([*known, *(o for o in others if o not in known)])


def _cell(key: str, column: Column | None, text: str) -> Value:
    clean = storable(text)
    if clean is None:
        return None
    if key == "linkedin_url" and not (linkedin_identity(clean) or is_linkedin(clean)):
        raise InputError(f'"{clean[:80]}" is no LinkedIn profile')
    if column is None:
        return clean
    value, fits = convert(clean, column.type)
    if not fits:
        raise InputError(
            f'"{clean[:80]}" is not {_NOUNS[column.type]}, which "{key}" holds',
            next_step=f"leadsync columns edit {key} --type text takes any text",
        )
    if column.type is ColumnType.EMAIL and clean_email_cell(clean).email is None:
        raise InputError(f'"{clean[:80]}" is no e-mail address, which "{key}" holds')
    options = [str(option) for option in column.config.get("options", ())]
    if column.type is ColumnType.SELECT and options and clean not in options:
        near = nearest(clean, options)
        hint = f'; did you mean "{near}"?' if near else ""
        raise InputError(
            f'"{clean[:80]}" is no choice of "{label_of(key)}"{hint}',
            next_step=f"one of: {', '.join(options)}",
        )
    return value
