"""The formula guard: cells that a spreadsheet would run get a leading apostrophe.

`guard` is injective, and `unguard` takes back exactly what `guard` can have written: an
apostrophe followed by a trigger or by another apostrophe. So `unguard(guard(x)) == x` for every
text, and a stranger's file needs no flag to be told from ours: a real leading apostrophe
(`'tis`, `'t Hooft`) is not in the guard's image and stays, while `'+44 20 …` and `'=x`, which
tools write for the same reason as we do, lose it.
"""

from __future__ import annotations

TRIGGERS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""First characters that make Excel, LibreOffice or Google Sheets read a cell as a formula."""

APOSTROPHE = "'"
GUARDED = TRIGGERS | {APOSTROPHE}
"""First characters of the cells that get an apostrophe."""


def guard(text: str) -> str:
    """Text as it may stand in a spreadsheet's cell without being run."""
    return APOSTROPHE + text if text[:1] in GUARDED else text


def unguard(text: str) -> str:
    """The text that `guard` was given; text that it cannot have written is returned as it is."""
    if text[:1] == APOSTROPHE and text[1:2] in GUARDED:
        return text[1:]
    return text
