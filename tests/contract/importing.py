"""Small lead files, and imports of them, for tests."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from leadsync.core.importing.importer import import_file
from leadsync.core.importing.options import ImportOptions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from leadsync.core.importing.report import ImportReport
    from leadsync.core.store.protocol import Store

COUNTS = ("created", "updated", "unchanged", "skipped", "rejected", "conflicts")


def a_csv(*rows: Sequence[str]) -> bytes:
    """A file whose first row is the header."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def importing(store: Store, file: Path | bytes, **options: Any) -> ImportReport:
    """Import a file, or bytes as a file named "leads.csv"."""
    if isinstance(file, bytes):
        options = {"name": "leads.csv"} | options
    stream = io.BytesIO(file) if isinstance(file, bytes) else file
    report = import_file(store, stream, ImportOptions(**options), actor="ada")
    assert report.rows == report.accounted
    return report


def counts(report: ImportReport) -> dict[str, int]:
    """What became of the rows, without zeros."""
    return {name: getattr(report, name) for name in COUNTS if getattr(report, name)}


def sheet(store: Store, *fields: str, **query: Any) -> list[tuple[Any, ...]]:
    """These fields of all live leads, by id."""
    return list(store.scan(query, fields))
