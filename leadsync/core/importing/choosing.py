"""The mapping of one file: the user's words, then what is remembered, then what the file says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.errors import InputError
from leadsync.core.importing.destinations import ACCOUNT_HEADERS
from leadsync.core.importing.labels import key_of_header
from leadsync.core.importing.mapping import SEVERAL, ColumnMap, find_column, propose_mapping
from leadsync.core.importing.remembered import recall_mapping, recall_rejected

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.importing.opened_file import LeadFile
    from leadsync.core.importing.options import ImportOptions
    from leadsync.core.store.protocol import Store

TOOL_WORDS = {"personalization": "icebreaker"}  # Instantly's: exporting/templates.toml


def choose_mapping(
    store: Store | None, file: LeadFile, options: ImportOptions
) -> tuple[list[ColumnMap], list[str]]:
    """What every column of a file becomes, in its order, and one sentence about each memory used.

    Args:
        store: where mappings are remembered; None remembers nothing.
        file: an open file.
        options: the user's mapping and ignored headers; `remember` says whether memory counts.

    Raises:
        InputError: a header is not in the file, or is both mapped and left out.
    """
    memory = store if options.remember else None
    _check_words(file.columns, options)
    recalled = recall_mapping(memory, file.columns) if memory else None
    recalled = recalled.beside(options, file.columns) if recalled else None
    chosen = recalled.under(options) if recalled else options
    maps = propose_mapping(
        file.columns, file.sample, chosen.mapping, chosen.ignore,
        has_header=file.header is not None,
    )  # fmt: skip
    if store:
        said = {find_column(file.columns, h) for h in (*chosen.mapping, *chosen.ignore)}
        _take_back(maps, {column.key for column in store.columns()}, said)
    if memory and set(file.columns) >= ACCOUNT_HEADERS:
        said = {find_column(file.columns, h) for h in (*chosen.mapping, *chosen.ignore)}
        maps = _as_in_source(maps, recall_rejected(memory, file.columns), said)
    return maps, [recalled.sentence()] if recalled else []


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
