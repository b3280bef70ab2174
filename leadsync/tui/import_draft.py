"""What is chosen about an import before it happens: options, changed one at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadsync.core.columns.fields import label_of
from leadsync.core.errors import InputError, nearest
from leadsync.core.importing.mapping import OWN_COLUMN, SEVERAL
from leadsync.core.importing.merge import OnDuplicate
from leadsync.core.importing.synonyms import fields
from leadsync.core.models import DEFAULT_CAMPAIGN, WRITABLE_OWN_FIELDS
from leadsync.core.tag_names import check_tags

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadsync.core.importing.inspection import InspectedColumn, Inspection
    from leadsync.core.importing.options import ImportOptions
    from leadsync.core.models import Column

LEFT_OUT = "-"
PROPOSED = ""
"""In place of a field: leave the column out; let the file decide."""

ON_DUPLICATE = {
    OnDuplicate.FILL: "fill its blank cells",
    OnDuplicate.UPDATE: "let the file's cells win",
    OnDuplicate.SKIP: "leave it alone",
    OnDuplicate.CREATE: "make another lead",
}
TEXTS = {
    "campaign": ("Campaign", "Where new leads go. It is made if it is missing."),
    "tags": ("Tags", "Every lead of the file gets them; commas between them."),
    "source": ("Source", "For leads without a source."),
    "encoding": ("Encoding", "Blank: found by what the file holds."),
    "delimiter": ("Delimiter", "One character, or tab. Blank: found by what the header says."),
    "sheet": ("Sheet", "Of a workbook. Blank: the first one."),
}
"""Settings that are typed: label and meaning."""


def text_of(options: ImportOptions, name: str) -> str:
    """A setting as it is typed."""
    value = getattr(options, name)
    return ", ".join(value) if name == "tags" else value or ""


def with_text(options: ImportOptions, name: str, text: str) -> ImportOptions:
    """The options with a setting as it was typed.

    Raises:
        InputError: a tag that cannot be one.
    """
    text = text if name == "delimiter" and text.isspace() else text.strip()
    if name == "tags":
        tags = tuple(tag.strip() for tag in text.split(",") if tag.strip())
        return replace(options, tags=tuple(check_tags(tags)))
    if name == "campaign":
        return replace(options, campaign=text or DEFAULT_CAMPAIGN)
    if name == "source":
        return replace(options, source=text or None)
    if name == "encoding":
        return replace(options, encoding=text or None)
    if name == "delimiter":
        return replace(options, delimiter=text or None)
    return replace(options, sheet=text or None)


def map_column(
    options: ImportOptions, inspection: Inspection, header: str, target: str
) -> ImportOptions:
    """The options with another place for one column.

    A field takes one column: where another one was mapped to it by hand, that one is as proposed
    again.

    Args:
        options: as they are.
        inspection: the file, looked at with them.
        header: of the column.
        target: a field or key, `OWN_COLUMN`, `LEFT_OUT` or `PROPOSED`.

    Raises:
        InputError: the file has no such column.
    """
    known = [column.header for column in inspection.columns]
    if header not in known:
        near = nearest(header, known)
        raise InputError(f'the file has no column "{header}"', next_step=f"{near}?" if near else "")
    shared = target in (OWN_COLUMN, LEFT_OUT, PROPOSED) or target in SEVERAL
    mapping = {
        other: field
        for other, field in options.mapping.items()
        if other != header and (shared or field != target)
    }
    ignore = tuple(other for other in options.ignore if other != header)
    proposed = tuple(other for other in options.proposed if other != header)
    if target == LEFT_OUT:
        ignore = (*ignore, header)
    elif target == PROPOSED:
        proposed = (*proposed, header)
    else:
        mapping[header] = target
    return replace(options, mapping=mapping, ignore=ignore, proposed=proposed)


def targets(columns: Iterable[Column]) -> dict[str, str]:
    """Fields and columns that a column of a file may fill: key -> what people read."""
    found = {name: label_of(name) for name in WRITABLE_OWN_FIELDS}
    found["tags"] = "Tags"
    found |= {key: label_of(key) for key in sorted(fields()) if key != "full_name"}
    found |= {column.key: column.label for column in columns if column.kind != "template"}
    return found


def becomes(column: InspectedColumn) -> str:
    """What a column of the file becomes, in few words."""
    if column.key is None:
        return "(left out)"
    return f"{column.key} (new)" if column.is_new else column.key


def how_read(inspection: Inspection) -> str:
    """How the file is read, in one line."""
    between = {"\t": "tab", ",": "comma", ";": "semicolon", None: "none"}
    delimiter = between.get(inspection.delimiter, inspection.delimiter)
    header = f"line {inspection.header_line}" if inspection.header_line else "none"
    return f"{inspection.kind}, {inspection.encoding}, delimiter {delimiter}, header {header}"
