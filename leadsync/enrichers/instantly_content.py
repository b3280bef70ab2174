"""What Instantly gets of a lead: its fields and custom variables, from the cells of the sheet."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.errors import InputError
from leadsync.core.values import show
from leadsync.enrichers.instantly_config import EMAIL, is_standard

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.engine.enricher import Job

CUSTOM = "custom_variables"


def content_of(job: Job, mapping: Mapping[str, str], *, join: str) -> dict[str, Any]:
    """All that is sent of a lead, without blanks.

    Args:
        job: whose cells.
        mapping: field -> its name at Instantly.
        join: what joins lists; empty: they are refused.

    Raises:
        InputError: a cell holds an object, or a list and nothing says how to join it.
    """
    content: dict[str, Any] = {EMAIL: str(job.values.get(EMAIL) or "").strip()}
    custom: dict[str, Any] = {}
    for field, name in mapping.items():
        value = _plain(field, job.values.get(field), join)
        if value is None:
            continue
        if is_standard(name):
            content[name] = show(value)
        else:
            custom[name] = value
    if custom:
        content[CUSTOM] = custom
    return content


def fields_of(content: Mapping[str, Any]) -> list[str]:
    """The fields that a lead is sent with, for the ledger: what is blank later is cleared there."""
    return sorted(name for name in content if name != EMAIL)


def changed_lead(content: Mapping[str, Any], before: Sequence[str]) -> dict[str, Any]:
    """A lead as it is changed, with what it was sent with before and is blank now.

    All custom variables are sent: Instantly puts them in the place of those that it has.
    """
    cleared: dict[str, Any] = {
        name: {} if name == CUSTOM else None for name in before if name not in content
    }
    return {name: value for name, value in content.items() if name != EMAIL} | cleared


def _plain(field: str, cell: Any, join: str) -> str | int | float | None:
    """A cell as Instantly takes it: text or a number."""
    found = _opened(cell)
    if isinstance(found, dict):
        raise InputError(f'"{field}" holds an object, which Instantly does not take')
    if not isinstance(found, list):
        return cast("str | int | float | None", cell if cell != "" else None)
    items = cast("list[Any]", found)
    if not join:
        raise InputError(f'"{field}" holds a list; say what joins it: --join ", "')
    if any(isinstance(item, (dict, list)) for item in items):
        raise InputError(f'"{field}" holds a list of objects, which Instantly does not take')
    return join.join(show(item) for item in items if item is not None) or None


def _opened(cell: Any) -> Any:
    """The list or object that a cell holds, as JSON or as tags; else the cell."""
    if isinstance(cell, tuple):
        return list(cast("tuple[str, ...]", cell))
    if not isinstance(cell, str) or cell[:1] not in ("[", "{"):
        return cell
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell
