"""Keys of columns: what they may look like, and which are taken."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError
from leadsync.core.models import FIELD_ALIASES, KEY_PATTERN, OWN_FIELDS, Column
from leadsync.core.query.catalog import ANY, STATE_FACETS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

RESERVED_KEYS = frozenset({*OWN_FIELDS, *FIELD_ALIASES, ANY, *STATE_FACETS})
"""Names that mean something else in filters; no new column gets one."""


def check_key(key: str, columns: Iterable[Column], old: Column | None = None) -> None:
    """Make sure that a column may have this key; `old` is the column that has it already.

    Raises:
        InputError: it is no key, means something else in filters, or is taken.
    """
    if not KEY_PATTERN.fullmatch(key):
        bare = re.sub("[^a-z0-9]+", "_", key.lower()).strip("_")[:63]
        hint = f'; "{bare}" would do' if KEY_PATTERN.fullmatch(bare) else ""
        raise InputError(
            f'"{key[:80]}" cannot be a key{hint}',
            next_step="keys are lower-case letters, digits and _; the label may be anything",
        )
    if key in RESERVED_KEYS and (old is None or old.key != key):
        raise InputError(
            f'"{key}" is the name of {_meaning_of(key)}',
            next_step=f'choose another key, such as "lead_{key}"; the label may be "{key}"',
        )
    there = next((column for column in columns if column.key == key), None)
    if old is None and there is not None:
        edit = f"leadsync columns edit {key}"
        if there.kind == "manual":
            edit += ' --kind ai --prompt "…" fills its blank cells and keeps the others'
        raise InputError(
            f'there is a column "{key}" already', next_step=f"{edit}; or choose another key"
        )


def _meaning_of(reserved: str) -> str:
    if reserved in STATE_FACETS:
        return "a state of cells in filters"
    return "any column in filters" if reserved == ANY else "a field that every lead has"


def named(keys: Collection[str]) -> str:
    """Keys for messages: `"a", "b" and "c"`."""
    quoted = [f'"{key}"' for key in keys]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
