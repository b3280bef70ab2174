"""Signs of conditions where they are none: refused, for as words they would find nothing.

`employees > 100` is three words to the grammar, and `title==CEO` asks for `=CEO`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leadsync.core.query.parse import error_at
from leadsync.core.query.tree import Kind

if TYPE_CHECKING:
    from leadsync.core.query.tree import Condition, Word

_ELSEWHERE = {"!": '"not" or "-"', "&&": '"and"', "||": '"or"'}
_FOREIGN = re.compile(r"!(?!=)|&&|\|\|")
_SIGN = re.compile(r"!=|[:~<>=]")


def check_word(word: Word, text: str) -> None:
    """Refuse a bare word that begins with a sign; `text` is for the place.

    Raises:
        InputError: it does.
    """
    if word.kind is not Kind.BARE:
        return
    if foreign := _FOREIGN.match(word.text):
        written = f'"{foreign[0]}" is written {_ELSEWHERE[foreign[0]]}'
        raise error_at(text, word.at, written, _quotes(word.text))
    if _SIGN.match(word.text):
        advice = f"write it without spaces, as in employees>=50; {_quotes(word.text)}"
        raise error_at(text, word.at, f'no field before "{word.text[:80]}"', advice)


def check_value(condition: Condition, text: str) -> None:
    """Refuse a bare value that begins with one more sign; `text` is for the place.

    Raises:
        InputError: it does.
    """
    value = condition.value
    if condition.kind is Kind.BARE and value[:1] in ("=", "<", ">"):
        sign = f"{condition.operator}{value[0]}"
        advice = (
            f"one of : = != ~ > >= < <=; {_quotes(value, condition.field + condition.operator)}"
        )
        at = condition.value_at - len(condition.operator)
        raise error_at(text, at, f'"{sign}" is no sign of a condition', advice)


def _quotes(text: str, before: str = "") -> str:
    return f'a text stands in quotes: {before}"{text[:80]}"'
