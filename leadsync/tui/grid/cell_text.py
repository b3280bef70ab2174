"""Cells as one line of text that a terminal draws where it should, and nowhere else.

What terminals measure differently is replaced by what they measure alike: flags become letters,
joined emoji stand side by side, marks that combine are few.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from leadsync.core.values import show
from leadsync.core.visible_text import visible

if TYPE_CHECKING:
    from leadsync.core.models import Value

LONGEST_SHOWN = 240  # characters of a cell that stay in memory: no terminal is wider
LONG_WORD = 20  # cells
MOST_MARKS = 2  # that one character combines with
_JOINED = re.compile(
    "[\u200c\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0000-\U000e007f\U000e0100-\U000e01ef]"
)
_FLAGS = re.compile("[\U0001f1e6-\U0001f1ff]")
_BASE_OF_MARK = "\u25cc"  # ◌ carries a mark that has no letter


def cell_text(value: Value | tuple[str, ...]) -> str:
    """A cell as one line, at most `LONGEST_SHOWN` characters."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else show(value)
    if len(text) > LONGEST_SHOWN:
        text = text[:LONGEST_SHOWN]
    if text.isascii():
        return text if text.isprintable() else visible(text)
    text = _JOINED.sub("", text)
    text = _FLAGS.sub(lambda m: chr(ord(m[0]) - 0x1F1E6 + ord("A")), text)
    return visible(_few_marks(text))


def fit(text: str, width: int, more: str = "…") -> str:
    """The beginning of a text that fills at most `width` cells of a terminal; `more` where cut."""
    if text.isascii():
        return text if len(text) <= width else text[: max(width - 1, 0)] + more[:width]
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(width - 1, 0)) + more[:width]


def fit_words(text: str, width: int) -> str:
    """As `fit`, but cut between words; only a first word of `LONG_WORD` cells is cut itself."""
    fitted = fit(text, width)
    if fitted == text:
        return text
    head = fitted[:-1]  # ends in a space where half of a wide character was cut off
    head = head if text.startswith(head) else head[:-1]
    words = head.rpartition(" ")[0].rstrip()
    if not words:
        return fitted if width > LONG_WORD else "…"[:width]
    return f"{words} …"


def width_of(text: str) -> int:
    """Cells of a terminal that a text fills."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def pad(text: str, width: int, *, right: bool = False) -> str:
    """A text that fits, filled up with spaces to exactly `width` cells."""
    room = " " * (width - width_of(text))
    return room + text if right else text + room


def _few_marks(text: str) -> str:
    """Text in which no character carries more than a few marks, and no mark stands alone."""
    if not any(unicodedata.combining(c) or unicodedata.category(c) == "Me" for c in text):
        return text
    kept: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFC", text):
        if unicodedata.category(char) in ("Mn", "Me"):
            if not kept:
                kept.append(_BASE_OF_MARK)
            marks += 1
            if marks > MOST_MARKS:
                continue
        else:
            marks = 0
        kept.append(char)
    return "".join(kept)
