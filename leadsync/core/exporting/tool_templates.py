"""The columns that another tool's importer expects, under its headers."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from leadsync.core.errors import InputError, NotFound
from leadsync.core.models import OWN_FIELDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from leadsync.core.exporting.formats import ExportColumn

_OURS = frozenset({*OWN_FIELDS, "email_alt", "email_invalid", "_extra"})
"""Fields that no other tool wants as a variable."""


@dataclass(frozen=True, slots=True)
class ExportTemplate:
    """What one tool reads from a file of leads.

    Attributes:
        headers: (the tool's header, keys of ours that fit it, best first), in the file's order.
        needs_one_of: headers of which one at least has to be there.
        extras: whether the tool makes variables of columns that it does not know.
    """

    name: str
    tool: str
    headers: tuple[tuple[str, tuple[str, ...]], ...]
    needs_one_of: tuple[str, ...]
    extras: bool


@functools.cache
def load_export_templates() -> Mapping[str, ExportTemplate]:
    """All templates that ship with LeadSync, by name."""
    text = (resources.files("leadsync.core.exporting") / "templates.toml").read_text("utf-8")
    return {name: _parsed(name, entry) for name, entry in tomllib.loads(text).items()}


def apply_template(name: str, available_keys: Collection[str]) -> list[tuple[str, str]]:
    """The columns to export for a tool, as (our key, the tool's header).

    Args:
        name: of the template, as in `--template instantly`.
        available_keys: the columns that the user exports, in their order.

    Raises:
        NotFound: no such template; names the nearest.
        InputError: the tool cannot use a file without a column that is not there.
    """
    templates = load_export_templates()
    template = templates.get(name.casefold())
    if template is None:
        raise NotFound("export template", name, known=templates,
                       next_step=f"use one of: {', '.join(templates)}")  # fmt: skip
    chosen: dict[str, str] = {}
    for header, keys in template.headers:
        key = next((k for k in keys if k in available_keys and k not in chosen), None)
        if key is not None:
            chosen[key] = header
    _check_needs(template, chosen)
    if template.extras:
        taken = {*chosen.values(), *_OURS}
        chosen |= {k: k for k in available_keys if k not in chosen and k not in taken}
    return list(chosen.items())


def needed_keys(name: str, header: Collection[ExportColumn]) -> tuple[str, ...]:
    """Keys of the columns of a file of which the tool needs one at least in each row."""
    needs = load_export_templates()[name.casefold()].needs_one_of
    return tuple(column.key for column in header if column.header in needs)


def without_place(name: str, header: Collection[ExportColumn], keys: Iterable[str]) -> list[str]:
    """Those of these columns for which a tool's file has no place."""
    if load_export_templates()[name.casefold()].extras:
        return []
    placed = {column.key for column in header}
    return [key for key in keys if key not in placed and key not in _OURS]


def _check_needs(template: ExportTemplate, chosen: Mapping[str, str]) -> None:
    if any(header in template.needs_one_of for header in chosen.values()):
        return
    fields = [keys[0] for header, keys in template.headers if header in template.needs_one_of]
    words = " or ".join(fields)
    raise InputError(
        f"{template.tool} cannot import leads without the column {words}",
        next_step=f"export with --columns {fields[0]},… or fill that column first",
    )


def _parsed(name: str, entry: Mapping[str, Any]) -> ExportTemplate:
    return ExportTemplate(
        name=name,
        tool=str(entry["tool"]),
        headers=tuple((header, tuple(keys)) for header, keys in entry["headers"].items()),
        needs_one_of=tuple(entry["needs_one_of"]),
        extras=bool(entry["extras"]),
    )
