"""Tags: visible words without the signs that separate them in files and on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

SEPARATORS = ",;"


def check_tags(tags: Iterable[str]) -> list[str]:
    """Tags that a person typed, without surrounding space and repeats.

    Raises:
        InputError: one is blank, has a separator in it, or a character that cannot be seen.
    """
    found = list(dict.fromkeys(tag.strip() for tag in tags))
    for tag in found:
        if not tag or not tag.isprintable() or any(sign in tag for sign in SEPARATORS):
            raise InputError(f'"{tag[:80]}" is no tag', next_step="tags are words without , and ;")
    return found


def clean_tag(text: str) -> str:
    """The nearest tag to a text of a file; blank where nothing of it can be seen."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " if c.isspace() else "" for c in text)
    for sign in SEPARATORS:
        text = text.replace(sign, " ")
    return text.strip()
