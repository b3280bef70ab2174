"""Keys of columns: what they may look like, and which are taken."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError
from leadsync.core.models import FIELD_ALIASES, KEY_PATTERN, OWN_FIELDS, Column
from leadsync.core.query.catalog import ANY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_RESERVED = frozenset({ANY, *FIELD_ALIASES})


def check_key(key: str, columns: Iterable[Column], old: Column | None = None) -> None:
    """Make sure that a column may have this key; `old` is the column that has it already.

    Raises:
        InputError: it is no key, is a field of every lead, or is taken.
    """
    if not KEY_PATTERN.fullmatch(key):
        bare = re.sub("[^a-z0-9]+", "_", key.lower()).strip("_")[:63]
        hint = f'; "{bare}" would do' if KEY_PATTERN.fullmatch(bare) else ""
        raise InputError(
            f'"{key[:80]}" cannot be a key{hint}',
            next_step="keys are lower-case letters, digits and _; the label may be anything",
        )
    if key in OWN_FIELDS or key in _RESERVED:
        raise InputError(f'"{key}" is a field that every lead has', next_step="choose another key")
    if old is None and any(column.key == key for column in columns):
        raise InputError(
            f'there is a column "{key}" already', next_step=f"leadsync columns edit {key}"
        )


def named(keys: Collection[str]) -> str:
    """Keys for messages: `"a", "b" and "c"`."""
    quoted = [f'"{key}"' for key in keys]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
