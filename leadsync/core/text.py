"""How cells compare: folded text, numbers in text, words.

Filters, sorts and the shadows that MongoDB keeps all follow these rules, so that every engine
answers alike.
"""

from __future__ import annotations

import math
import re
import unicodedata

_NUMBER = re.compile(r"\s*[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?\s*", re.ASCII)
_COMMON_MARKS = re.compile("[\u0300-\u034e\u0350-\u036f]+")
_WORD_CHARACTER = re.compile("[0-9a-z_]")
WORD_STARTS = "(?<![0-9a-z_])"
WORD_ENDS = "(?![0-9a-z_])"


def text_of(value: str | float) -> str:
    """A filled cell as text; whole numbers have no point."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value)


def fold(value: str | float) -> str:
    """A filled cell as text without case, accents and forms: `Zoë` and `ZOE` are equal."""
    text = value if isinstance(value, str) else text_of(value)
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    # Most accents are of one block: 0.8 µs a Latin name, against 1.1 for asking each character;
    # texts that stay beyond ASCII pay 0.3 more.
    bare = _COMMON_MARKS.sub("", decomposed)
    if bare.isascii():
        return bare.lower()
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()


def as_number(value: str | float | None) -> float | None:
    """The number that a cell is, or None: plain ASCII decimals only, `007` is 7.

    Thousands separators, infinities and things that are not numbers give None.
    """
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def words_pattern(folded: str, *, open_end: bool = False) -> str:
    """A pattern that finds a phrase as whole words in folded text.

    No boundary is asked on a side where the phrase itself has no word character.

    Args:
        folded: the phrase.
        open_end: whether the last word may go on (`acme*`).
    """
    starts = WORD_STARTS if _WORD_CHARACTER.match(folded[:1]) else ""
    ends = WORD_ENDS if not open_end and _WORD_CHARACTER.match(folded[-1:]) else ""
    return f"{starts}{re.escape(folded)}{ends}"
