"""Screens for terminals that know ASCII alone: every other character is drawn as one it has."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from textual.filter import LineFilter

if TYPE_CHECKING:
    from textual.color import Color

_SIGNS = {
    **dict.fromkeys("─━═╌╍▁▂▔▀▄", "-"), **dict.fromkeys("│┃║╎▏▎▌▐▕", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯╔╗╚╝", "+"), **dict.fromkeys("█▇▆▅▃", "#"),
    "…": "~", "●": "*", "•": "*", "›": ">", "→": ">", "←": "<", "↑": "^", "↓": "v", "–": "-",  # noqa: RUF001 - looks alike, and is to
    "—": "-", "×": "x", "≥": ">", "≤": "<", "✓": "+", "⏎": "/", "“": '"', "”": '"', "’": "'",  # noqa: RUF001 - the same
}  # fmt: skip
"""Signs of ours, and what people type most; a letter with an accent becomes the letter."""


class AsciiOnly(LineFilter):
    """Draws each character that is not ASCII as others that fill the same cells."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same line in ASCII."""
        del background
        return [
            segment if segment.text.isascii() else Segment(_ascii(segment.text), segment.style)
            for segment in segments
        ]


@lru_cache(4096)
def _ascii(text: str) -> str:
    return "".join(char if char.isascii() else _replaced(char) for char in text)


def _replaced(char: str) -> str:
    cells = cell_len(char)
    if sign := _SIGNS.get(char):
        return sign
    base = unicodedata.normalize("NFKD", char)[0]
    return base if base.isascii() and base.isprintable() and cells == 1 else "?" * cells
