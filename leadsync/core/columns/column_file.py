"""Column files: definitions as TOML that lives in git, read, applied and written.

description = "what a recipe is for"      # optional

[[column]]                                # or [column] where there is one
key = "pitch"
label = "Pitch"
kind = "ai"
type = "long_text"
condition = 'title:"head of"'

[column.config]                           # what the kind takes
prompt = "…"

[column.outputs]                          # path in the result -> key of a column
cta = "cta"

[column.caps]
usd_per_day = "5"
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.columns.checking import ColumnSpec, find_type
from leadsync.core.columns.fields import label_of
from leadsync.core.columns.toml_text import to_toml
from leadsync.core.errors import InputError, nearest
from leadsync.core.models import ColumnType
from leadsync.core.money import MICROS, parse_usd

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from leadsync.core.models import Column, Doc

PARTS = ("key", "label", "kind", "type", "condition", "config", "outputs", "caps")
_TOP = ("description", "column")


@dataclass(frozen=True, slots=True)
class ColumnFile:
    """What one file holds."""

    specs: tuple[ColumnSpec, ...]
    description: str = ""


def read_column_file(text: str, name: str = "the column file") -> ColumnFile:
    """The definitions in a file; they are not checked against a workspace yet.

    Args:
        text: TOML.
        name: what messages call it.

    Raises:
        InputError: it is not TOML, or has a name or a value that column files do not have.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name} is not TOML: {error}") from error
    _check_names(content, _TOP, name)
    tables: Any = content.get("column", [])
    if isinstance(tables, dict):
        tables = [tables]
    if not isinstance(tables, list) or not tables:
        raise InputError(f"{name} defines no column", next_step="begin one with [[column]]")
    specs = [_spec(table, name) for table in cast("list[Any]", tables)]
    keys = [spec.key for spec in specs]
    for key in keys:
        if keys.count(key) > 1:
            raise InputError(f'{name} defines "{key}" twice')
    return ColumnFile(tuple(specs), str(content.get("description", "")).strip())


def export_columns(columns: Iterable[Column]) -> str:
    """The columns as a file that makes the same definitions again."""
    return to_toml({"column": [_table(column) for column in columns]})


def _spec(table: Any, name: str) -> ColumnSpec:
    if not isinstance(table, dict):
        raise InputError(f"{name}: a column is a table", next_step="begin one with [[column]]")
    parts = cast("dict[str, Any]", table)
    key = _text(parts, "key", name)
    if not key:
        raise InputError(f"{name}: a column has no key", next_step='as in: key = "pitch"')
    where = f'{name}, column "{key}"'
    _check_names(parts, PARTS, where)
    kind = _text(parts, "type", where)
    return ColumnSpec(
        key=key,
        label=_text(parts, "label", where),
        kind=_text(parts, "kind", where) or "manual",
        type=find_type(kind) if kind else ColumnType.TEXT,
        config=_doc(parts, "config", where),
        outputs={path: str(k) for path, k in _doc(parts, "outputs", where).items()},
        condition=_text(parts, "condition", where),
        caps={
            cap: parse_usd(str(v), f"{where}, caps.{cap}")
            for cap, v in _doc(parts, "caps", where).items()
        },
    )


def _check_names(given: Iterable[str], known: Collection[str], where: str) -> None:
    for name in given:
        if name not in known:
            near = nearest(name, known)
            hint = f'; did you mean "{near}"?' if near else ""
            raise InputError(
                f'{where}: no "{name}" here{hint}', next_step=f"known: {', '.join(known)}"
            )


def _text(parts: Mapping[str, Any], name: str, where: str) -> str:
    value = parts.get(name, "")
    if not isinstance(value, str):
        raise InputError(f'{where}: "{name}" is a text', next_step=f'as in: {name} = "…"')
    return value


def _doc(parts: Mapping[str, Any], name: str, where: str) -> Doc:
    value = parts.get(name, {})
    if not isinstance(value, dict):
        raise InputError(
            f'{where}: "{name}" is a table', next_step=f"begin it with [column.{name}]"
        )
    found = cast("Doc", value)
    if not _is_plain(found):
        raise InputError(f'{where}: "{name}" has a date or a time', next_step="write it as text")
    return found


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_plain, cast("Doc", value).values()))
    if isinstance(value, list):
        return all(map(_is_plain, cast("list[Any]", value)))
    return isinstance(value, (str, int, float))


def _table(column: Column) -> Doc:
    """What a file has to say of a column; what is as usual is left out."""
    parts: Doc = {"key": column.key}
    if column.label != label_of(column.key):
        parts["label"] = column.label
    if column.kind != "manual":
        parts["kind"] = column.kind
    if column.type is not ColumnType.TEXT:
        parts["type"] = str(column.type)
    if column.condition:
        parts["condition"] = column.condition
    for name in ("config", "outputs"):
        if found := getattr(column, name):
            parts[name] = found
    if column.caps:
        parts["caps"] = {cap: f"{Decimal(v) / MICROS:f}" for cap, v in column.caps.items()}
    return parts
