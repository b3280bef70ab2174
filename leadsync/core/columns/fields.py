"""The fields that a template, a condition or a form may name: own fields, columns, well-known ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.models import FIELD_ALIASES, OWN_FIELDS, WRITABLE_OWN_FIELDS, ColumnType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leadsync.core.models import Column

WELL_KNOWN: Mapping[str, tuple[str, ColumnType]] = {
    "first_name": ("First name", ColumnType.TEXT),
    "last_name": ("Last name", ColumnType.TEXT),
    "title": ("Job title", ColumnType.TEXT),
    "company": ("Company", ColumnType.TEXT),
    "domain": ("Domain", ColumnType.TEXT),
    "website": ("Website", ColumnType.URL),
    "phone": ("Phone", ColumnType.TEXT),
    "company_phone": ("Company phone", ColumnType.TEXT),
    "city": ("City", ColumnType.TEXT),
    "state": ("State", ColumnType.TEXT),
    "country": ("Country", ColumnType.TEXT),
    "location": ("Location", ColumnType.TEXT),
    "email_alt": ("Email alt", ColumnType.TEXT),
    "email_status": ("Email status", ColumnType.TEXT),
    "linkedin_member_id": ("LinkedIn member id", ColumnType.TEXT),
    "company_linkedin_url": ("Company LinkedIn URL", ColumnType.URL),
    "linkedin_headline": ("LinkedIn headline", ColumnType.TEXT),
    "linkedin_about": ("LinkedIn about", ColumnType.LONG_TEXT),
    "notes": ("Notes", ColumnType.LONG_TEXT),
}
"""Columns that imports make as files have them, or that recipes fill: key -> label and type.

Templates may read them before they exist, so that a recipe works in an empty workspace; they are
blank until then.
"""


def known_fields(columns: Iterable[Column], more: Iterable[str] = ()) -> frozenset[str]:
    """Keys that templates of running columns may read; `more` are columns about to be made."""
    return frozenset({*OWN_FIELDS, *WELL_KNOWN, *(c.key for c in columns), *more})


def formula_fields(columns: Iterable[Column], more: Iterable[str] = ()) -> frozenset[str]:
    """Keys that formulas may read: cells only, because nothing else changes inside a unit."""
    known = known_fields(columns, more)
    return frozenset(k for k in known if k not in OWN_FIELDS or k in WRITABLE_OWN_FIELDS)


def label_of(key: str) -> str:
    """What people read for a key: `first_name` is "First name"."""
    if key in WELL_KNOWN:
        return WELL_KNOWN[key][0]
    words = key.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def find_key(name: str, columns: Iterable[Column]) -> str | None:
    """The key that a typed field means: a key, a label or an alias, whatever its case."""
    wanted = name.strip()
    for spelling in (wanted, FIELD_ALIASES.get(wanted, ""), wanted.lower()):
        if spelling in OWN_FIELDS:
            return spelling
    every = list(columns)
    for column in every:
        if wanted == column.key:
            return column.key
    lowered = wanted.casefold()
    for column in every:
        if lowered in (column.key, column.label.casefold()):
            return column.key
    for key, (label, _) in WELL_KNOWN.items():
        if lowered in (key, label.casefold()):
            return key
    return None
