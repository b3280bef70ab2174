"""Checks of written text: its type, its length, its words, its language."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from leadsync.core.identity import is_domain, is_email
from leadsync.core.models import ColumnType
from leadsync.core.values import convert

if TYPE_CHECKING:
    from collections.abc import Sequence

_URL = re.compile(r"(?:https?://)?(?P<host>[^\s/?#:@]+)(?::[0-9]+)?(?:[/?#]\S*)?", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['\u2019\-.&][^\W_]+)*")
LANGUAGE_FROM_WORDS = 8  # in fewer words too few are common ones

# The commonest short words of each language that are not also common in another of them.
_COMMON = {
    "en": "the and to of your you for with that this is are we our how have it from what would",
    "de": "und der die das ist nicht mit für sie wir ihr ihre sich auf auch ein eine wie bei zu",
    "fr": "les des est et vous pour une dans que nous votre vos pas sur avec qui au du ce le",
    "es": "los las que el una para por con su es en como más pero sus nos y usted tu del",
    "it": "che di il per non una sono con gli come del della è anche più vostro vostra ha nel i",
    "nl": "het een van en dat niet voor met zijn op te je jullie wij ook naar bij uw hoe deze",
    "pt": "que não uma para com os as seu sua por mais você do da em dos são nos ao e",
    "pl": "nie się na to jest że do jak dla przez czy oraz już tylko od ale po co ich są",
    "sv": "och att det som för inte är på med har till kan ni er vi om av den ett hur",
}
_COMMON_WORDS = {code: frozenset(words.split()) for code, words in _COMMON.items()}
NAMES = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "nl": "Dutch",
    "pt": "Portuguese",
    "pl": "Polish",
    "sv": "Swedish",
}


def language_code(name: str) -> str | None:
    """The code of a language that can be checked, from its code or English name."""
    wanted = name.strip().casefold()
    for code, full in NAMES.items():
        if wanted.split("-")[0] == code or wanted == full.casefold():
            return code
    return None


def language_name(name: str) -> str:
    """A language as prompts call it."""
    code = language_code(name)
    return NAMES[code] if code else name


def is_of_type(text: str, kind: ColumnType) -> bool:
    """Whether a text is what cells of that type hold; a blank one always is."""
    bare = text.strip()
    if not bare:
        return True
    if kind is ColumnType.EMAIL:
        return is_email(bare)
    if kind is ColumnType.URL:
        found = _URL.fullmatch(bare)
        return found is not None and is_domain(found["host"])
    return convert(bare, kind)[1]


def count_words(text: str) -> int:
    """Words as people count them: `e-mail`, `don't` and `B&B` are one each."""
    return len(_WORD.findall(text))


def find_banned(text: str, banned: Sequence[str]) -> str | None:
    """The first banned word or phrase that stands in the text as such, whatever its case."""
    pattern = _any_of(tuple(banned))
    found = pattern.search(text) if pattern else None
    return found[0].lower() if found else None


@lru_cache(maxsize=64)
def _any_of(banned: tuple[str, ...]) -> re.Pattern[str] | None:
    parts: list[str] = []
    for phrase in banned:
        bare = phrase.strip()
        if bare:
            start = r"(?<!\w)" if bare[0].isalnum() else ""
            end = r"(?!\w)" if bare[-1].isalnum() else ""
            parts.append(start + re.escape(bare) + end)
    return re.compile("|".join(parts), re.IGNORECASE) if parts else None


def is_in_language(text: str, name: str) -> bool:
    """Whether a text may be in that language: no other one has more of its commonest words.

    Short texts and languages that are not known pass.
    """
    code = language_code(name)
    words = [word.casefold() for word in _WORD.findall(text)]
    if code is None or len(words) < LANGUAGE_FROM_WORDS:
        return True
    hits = {c: sum(word in common for word in words) for c, common in _COMMON_WORDS.items()}
    return hits[code] >= max(hits.values())
