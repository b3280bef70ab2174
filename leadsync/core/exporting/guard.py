"""The formula guard: cells that a spreadsheet would run get a leading apostrophe.

`guard` is injective, and `unguard` takes back exactly what `guard` can have written: an
apostrophe followed by a trigger or by another apostrophe. So `unguard(guard(x)) == x` for every
text, and a stranger's file needs no flag to be told from ours: a real leading apostrophe
(`'tis`, `'t Hooft`) is not in the guard's image and stays, while `'+44 20 …` and `'=x`, which
tools write for the same reason as we do, lose it.
"""

from __future__ import annotations

import re

TRIGGERS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""First characters that make Excel, LibreOffice or Google Sheets read a cell as a formula."""

APOSTROPHE = "'"
GUARDED = TRIGGERS | {APOSTROPHE}
"""First characters of the cells that get an apostrophe."""

_NUMERIC = re.compile(r"[+-][0-9 ()./-]+")


def guard(text: str) -> str:
    """Text as it may stand in a spreadsheet's cell without being run."""
    return APOSTROPHE + text if text[:1] in GUARDED else text


def guard_for_tool(text: str) -> str:
    """Text for another tool's importer, which keeps an apostrophe as part of the cell.

    Phone numbers and negative numbers stay as they are: what a spreadsheet would run of them is
    arithmetic at most. All else that it would run is guarded.
    """
    return APOSTROPHE + text if text[:1] in TRIGGERS and not _NUMERIC.fullmatch(text) else text


def unguard(text: str) -> str:
    """The text that `guard` was given; text that it cannot have written is returned as it is."""
    if text[:1] == APOSTROPHE and text[1:2] in GUARDED:
        return text[1:]
    return text
