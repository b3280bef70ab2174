"""Mappings as people type them: `pitch=icebreaker`, the field and what it is called elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable


def parse_mapping(texts: Iterable[str]) -> dict[str, str]:
    """Field and name of each `FIELD=NAME`; an empty name keeps the field here.

    Raises:
        InputError: a text has no `=`.
    """
    found: dict[str, str] = {}
    for text in (part for part in texts if part.strip()):
        field, sign, name = text.partition("=")
        if not sign or not field.strip():
            raise InputError(f'"{text.strip()}" maps nothing', next_step="as in pitch=icebreaker")
        found[field.strip()] = name.strip()
    return found
