"""What headers mean: the shipped list of known headers, in several languages."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SURNAME_OR_NAME = "nom"
"""French `nom` is the last name beside a first name, and the full name without one."""

PERSON_WORDS = ("contact", "lead", "person", "prospect", "primary", "candidate", "customer", "main")
"""Words before a known header that change nothing: "Prospect Job Title"."""

_NOT_WORD = re.compile(r"[^\w]|_")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def normalise_header(header: str) -> str:
    """The header as lower-case words without accents or signs; `firstName` is two words."""
    spaced = _CAMEL.sub(" ", unicodedata.normalize("NFKC", header))
    bare = "".join(
        char
        for char in unicodedata.normalize("NFKD", spaced.casefold())
        if not unicodedata.combining(char)
    )
    return " ".join(_NOT_WORD.sub(" ", bare).split())


def known_field(header: str) -> str | None:
    """The field that a header is a known name for, or None."""
    return _synonyms().get(_squeezed(header))


def known_field_of_person(header: str) -> str | None:
    """The field that a header names behind a word such as "Contact" or "Prospect"."""
    first, _, rest = normalise_header(header).partition(" ")
    return known_field(rest) if first in PERSON_WORDS and rest else None


def suggested_field(header: str) -> str | None:
    """The field that a header misses by one slip of the finger; never good enough to map by."""
    squeezed = _squeezed(header)
    return _nearest_field(squeezed) if len(squeezed) >= 4 else None


@lru_cache(maxsize=1000)  # files of one tool have the same headers
def _nearest_field(squeezed: str) -> str | None:
    known = next((name for name in _synonyms() if _is_one_slip(squeezed, name)), None)
    return _plain_field(_synonyms()[known]) if known else None


def _is_one_slip(typed: str, meant: str) -> bool:
    """Whether two words differ by one letter too many, missing, wrong, or swapped with the next."""
    longer, shorter = (typed, meant) if len(typed) >= len(meant) else (meant, typed)
    if len(longer) - len(shorter) > 1 or longer == shorter:
        return False
    at = next((n for n, (a, b) in enumerate(zip(longer, shorter, strict=False)) if a != b), -1)
    if len(longer) > len(shorter):
        return longer[:at] + longer[at + 1 :] == shorter or longer[:-1] == shorter
    rest = longer[at + 1 :] == shorter[at + 1 :]
    swapped = longer[at : at + 2] == shorter[at : at + 2][::-1]
    return rest or (swapped and longer[at + 2 :] == shorter[at + 2 :])


def names_of(field: str) -> list[str]:
    """The known headers of a field, the usual ones first."""
    return [header for header, meant in _pairs() if meant == field]


def fields() -> frozenset[str]:
    """Every field that a header may map to."""
    return frozenset(_plain_field(field) for field in _synonyms().values())


def _plain_field(field: str) -> str:
    return "last_name" if field == SURNAME_OR_NAME else field


def _squeezed(header: str) -> str:
    return normalise_header(header).replace(" ", "")


@cache
def _synonyms() -> dict[str, str]:
    return {_squeezed(header): field for header, field in _pairs()}


def _pairs() -> Iterator[tuple[str, str]]:
    text = (files("leadsync.core.importing") / "synonyms.tsv").read_text(encoding="utf-8")
    for line in text.splitlines()[1:]:
        if line and line[0] != "#":
            header, _, field = line.partition("\t")
            yield header, field
