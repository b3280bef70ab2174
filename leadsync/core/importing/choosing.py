"""The mapping of one file: the user's words, then what is remembered, then what the file says."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError
from leadsync.core.importing.destinations import ACCOUNT_HEADERS
from leadsync.core.importing.labels import key_of_header
from leadsync.core.importing.mapping import (
    MIXED,
    OWN_COLUMN,
    SEVERAL,
    ColumnMap,
    find_column,
    propose_mapping,
)
from leadsync.core.importing.remembered import recall_mapping, recall_rejected
from leadsync.core.importing.synonyms import fields
from leadsync.core.models import ID_HEADING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.importing.opened_file import LeadFile
    from leadsync.core.importing.options import ImportOptions
    from leadsync.core.store.protocol import Store

TOOL_WORDS = {"personalization": "icebreaker"}  # Instantly's: exporting/templates.toml

_WORDS = {"name": "full_name", "linkedin": "linkedin_url"}
_EXPORTED = ("id", "email", "name", "linkedin_url")
_OWN_ID = "LeadSync's number of the lead, not imported: leads are found by address or profile"


def choose_mapping(
    store: Store | None, file: LeadFile, options: ImportOptions
) -> tuple[list[ColumnMap], list[str]]:
    """What every column of a file becomes, in its order, and one sentence about each memory used.

    Args:
        store: where mappings are remembered; None remembers nothing.
        file: an open file.
        options: the user's mapping and ignored headers; `remember` says whether memory counts.

    Raises:
        InputError: a header is not in the file, or is both mapped and left out, or two are
            mapped to one field.
    """
    memory = store if options.remember else None
    _check_words(file.columns, options)
    recalled = recall_mapping(memory, file.columns) if memory else None
    recalled = recalled.beside(options, file.columns) if recalled else None
    chosen = recalled.under(options) if recalled else options
    mapping = _by_field(chosen.mapping, store)
    said = {find_column(file.columns, h) for h in (*chosen.mapping, *chosen.ignore)}
    ids = _own_ids(file.columns, store) - said
    maps = propose_mapping(
        file.columns, file.sample, mapping,
        (*chosen.ignore, *(file.columns[n] for n in ids)), has_header=file.header is not None,
    )  # fmt: skip
    for n in ids:
        maps[n] = replace(maps[n], reason=_OWN_ID)
    said |= ids
    if store:
        _take_back(maps, {column.key for column in store.columns()}, said)
    if memory and set(file.columns) >= ACCOUNT_HEADERS:
        maps = _as_in_source(maps, recall_rejected(memory, file.columns), said)
    return maps, [recalled.sentence()] if recalled else []


def _by_field(mapping: Mapping[str, str], store: Store | None) -> dict[str, str]:
    """The user's mapping with the fields that its words mean; no field gets two headers."""
    columns = store.columns() if store else []
    known = {*fields(), *(column.key for column in columns)}
    labels = Counter(column.label for column in columns)
    words = {c.label: c.key for c in columns if labels[c.label] == 1} | _WORDS
    found: dict[str, str] = {}
    for header, word in mapping.items():
        field = word if word in known else words.get(word, word)
        other = next((h for h, f in found.items() if f == field), None)
        if other is not None and field not in MIXED and field != OWN_COLUMN:
            raise InputError(
                f'"{other}" and "{header}" are both mapped to {field}, which has one cell a lead',
                next_step=f'keep one in a column of its own: --map "{header}=+"',
            )
        found[header] = field
    return found


def _own_ids(columns: Sequence[str], store: Store | None) -> set[int]:
    """Our own numbers of leads: they mean other leads in another workspace, and are no data.

    "id" is ours where our other headers follow; of JSON, and of files that are older than the
    heading, whole exports are known by that. A column of the workspace goes on taking its cells.
    """
    there = store.columns() if store else []
    is_column = any(ID_HEADING in (column.key, column.label) for column in there)
    found = {n for n, name in enumerate(columns) if name == ID_HEADING and not is_column}
    return found | ({0} if tuple(columns[:4]) == _EXPORTED else set())


def _take_back(maps: list[ColumnMap], keys: set[str], said: set[int]) -> None:
    """A column that our own files for a tool have under its word is the column that it was.

    Only where the workspace has the one and not the other, and nothing else in the file fills it.
    """
    heads = {key_of_header(column.header) for column in maps} | {c.field for c in maps}
    for n, column in enumerate(maps):
        word = key_of_header(column.header)
        meant = TOOL_WORDS.get(word)
        if meant is None or n in said or column.field or word in keys:
            continue
        if meant in keys and meant not in heads:
            maps[n] = ColumnMap(column.header, meant, f"a tool's word for your column {meant}")


def _check_words(columns: Sequence[str], options: ImportOptions) -> None:
    mapped = {find_column(columns, header) for header in options.mapping}
    for header in options.ignore:
        if find_column(columns, header) in mapped:
            raise InputError(
                f'the column "{header}" is both mapped and left out',
                next_step="say --map or --ignore, not both",
            )


def _as_in_source(
    maps: list[ColumnMap], source: Mapping[str, str | None], said: set[int]
) -> list[ColumnMap]:
    """Rejected rows alone may look like something else than the file that they are from."""
    taken = {maps[n].field for n in said} - SEVERAL
    for n, column in enumerate(maps):
        if n not in said and column.header in source:
            field = source[column.header]
            reason = "as in the file that these rows are from"
            maps[n] = ColumnMap(column.header, None if field in taken else field, reason)
    return maps
