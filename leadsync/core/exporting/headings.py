"""The headings of files for people: labels that an import takes for the column that they are of."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from leadsync.core.importing.synonyms import known_field, normalise_header
from leadsync.core.models import ID_HEADING, WRITABLE_OWN_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadsync.core.models import Column

_FILLS = {"full_name": "name"}


def headings(columns: Iterable[Column]) -> dict[str, str]:
    """What stands above the cells of each column and own field, by key.

    It is the label. One that names another column, too, or that an import would read as another
    field that is there, gives way to the key: keys are never two's. Which columns an export has
    makes no difference, so that all files of a workspace have the same headings.
    """
    labels = {"id": ID_HEADING} | {key: key for key in (*WRITABLE_OWN_FIELDS, "tags")}
    labels |= {column.key: column.label for column in columns}
    named: dict[str, set[str]] = defaultdict(set)
    for key, label in labels.items():
        named[_folded(label)].add(key)
        named[_folded(key)].add(key)
    return {
        key: key if len(named[_folded(label)]) > 1 or _is_taken(key, label, labels) else label
        for key, label in labels.items()
    }


def _is_taken(key: str, label: str, there: Iterable[str]) -> bool:
    """Whether the label is a known name of another field that is there, and the key is not."""
    field = _field(label)
    return field is not None and field != key and field in there and _field(key) != field


def _field(header: str) -> str | None:
    field = known_field(header)
    return _FILLS.get(field, field) if field else None


def _folded(name: str) -> str:
    """What an import compares: known names without spaces and signs, others by their letters."""
    if known_field(name):
        return normalise_header(name).replace(" ", "")
    return name.strip().casefold()
