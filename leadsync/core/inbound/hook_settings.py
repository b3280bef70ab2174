"""What a user asks of a hook, checked when it is made and not when a stranger's message comes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from leadsync.core.columns.fields import WELL_KNOWN, label_of
from leadsync.core.columns.keys import check_key
from leadsync.core.errors import InputError
from leadsync.core.inbound.hook_kinds import FORM, find_hook_kind
from leadsync.core.models import WRITABLE_OWN_FIELDS, Column, ColumnType
from leadsync.core.secrets import is_key_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MOST_PER_MINUTE = 60_000
ON_DUPLICATE = ("fill", "update", "skip")
IDENTIFYING = ("email", "linkedin_url")
"""Fields that say who a lead is: only forms, imports and people fill them."""

_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True)
class HookSettings:
    """What was asked for; the attributes are those of a `Hook`."""

    header: str = ""
    signed_with: str = ""
    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    on_duplicate: str = "fill"
    per_minute: int = 120
    thanks: str = ""


def check_settings(settings: HookSettings, kind: str, columns: Sequence[Column]) -> dict[str, str]:
    """Make sure that all of it fits; the mapping with keys of fields.

    Raises:
        InputError: something does not; it is named.
    """
    if settings.header and not _HEADER.fullmatch(settings.header):
        raise InputError(
            f'"{settings.header}" is no name of a header', next_step="as in --header X-Hook-Secret"
        )
    if settings.signed_with and not is_key_name(settings.signed_with):
        raise InputError(
            f'"{settings.signed_with}" is no name of a key',
            next_step="as in --signed-with SITE_HOOK_SECRET, which stands in the environment",
        )
    if settings.on_duplicate not in ON_DUPLICATE:
        raise InputError(
            f'"{settings.on_duplicate}" is no way to treat a lead that is there',
            next_step="one of: " + ", ".join(ON_DUPLICATE),
        )
    if not 1 <= settings.per_minute <= MOST_PER_MINUTE:
        raise InputError(f"a hook takes 1 to {MOST_PER_MINUTE:,} messages a minute")
    _check_thanks(settings.thanks)
    fields = {name: _key_of(key, columns) for name, key in settings.fields.items()}
    if kind != FORM:
        find_hook_kind(kind).check_fields(fields)
        _check_names_nobody(fields)
    return fields


def _check_names_nobody(fields: Mapping[str, str]) -> None:
    """Let no report say who a lead is: it would have no effect, or make a lead somebody else."""
    for name, key in fields.items():
        if key in IDENTIFYING:
            raise InputError(
                f'"{name}" cannot fill {key}: a report changes nothing that says who a lead is',
                next_step=f"name another column, as in --map {name}={key}_found",
            )


def parse_fields(texts: Iterable[str]) -> dict[str, str]:
    """What people type of a mapping: `Team size=employees`.

    Raises:
        InputError: a text says of no field which it is.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, mark, key = (part.strip() for part in text.partition("="))
        if not mark or not name or not key:
            raise InputError(
                f'"{text}" does not say which field is which',
                next_step="as in --map 'Team size=employees'",
            )
        found[name] = key
    return found


def fillable(columns: Iterable[Column]) -> set[str]:
    """Keys of columns that something outside may fill: none that computes, runs, or is run for."""
    every = list(columns)
    driven = {target for column in every for target in column.outputs.values()}
    return {column.key for column in every if column.kind == "manual"} - driven


def new_columns(keys: Iterable[str], columns: Iterable[Column]) -> list[Column]:
    """The columns that these keys need and that are not there yet."""
    there = {column.key for column in columns}
    wanted = dict.fromkeys(k for k in keys if k not in WRITABLE_OWN_FIELDS and k not in there)
    return [
        Column(0, key, label_of(key), type=WELL_KNOWN[key][1] if key in WELL_KNOWN else _TEXT)
        for key in wanted
    ]


_TEXT = ColumnType.TEXT


def _key_of(name: str, columns: Sequence[Column]) -> str:
    """The key of a field that a hook may fill, there or not."""
    wanted = {"full_name": "name", "linkedin": "linkedin_url"}.get(name.strip(), name.strip())
    by_name = [c.key for c in columns if wanted in (c.key, c.label)]
    key = by_name[0] if by_name else wanted
    if key in WRITABLE_OWN_FIELDS or key in fillable(columns):
        return key
    if by_name:
        raise InputError(
            f'"{key}" is filled by itself, so no message may fill it',
            next_step="name another column; one that is not there yet is made",
        )
    if key not in WELL_KNOWN:
        check_key(key, columns)
    return key


def _check_thanks(url: str) -> None:
    parts = urlsplit(url)
    is_plain = url.isascii() and url.isprintable() and " " not in url
    if url and not (is_plain and parts.scheme in ("http", "https") and parts.hostname):
        raise InputError(
            f'"{url[:80]}" is no address of a page',
            next_step="as in --thanks https://example.com/thanks",
        )
