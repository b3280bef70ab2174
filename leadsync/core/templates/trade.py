"""Filters of the trade: first names, domains, company names as people say them."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from leadsync.core.templates.text import text_of

# Legal forms as they stand at the end of company names, without points and in small letters.
_LEGAL_FORMS = frozenset(
    [
        "ab",
        "ag",
        "aps",
        "as",
        "asa",
        "bv",
        "bvba",
        "co",
        "company",
        "corp",
        "corporation",
        "cv",
        "eirl",
        "ev",
        "eurl",
        "gbr",
        "ggmbh",
        "gmbh",
        "gmbh&co",
        "inc",
        "incorporated",
        "kft",
        "kg",
        "kgaa",
        "kk",
        "limited",
        "llc",
        "llp",
        "lp",
        "ltd",
        "ltda",
        "mbh",
        "nv",
        "ohg",
        "oy",
        "oyj",
        "plc",
        "pllc",
        "pte",
        "pty",
        "pvt",
        "sa",
        "sas",
        "sarl",
        "sau",
        "se",
        "sca",
        "scs",
        "sl",
        "slu",
        "snc",
        "spa",
        "sprl",
        "srl",
        "sro",
        "spzoo",
        "ug",
        "vof",
        "zrt",
    ]
)
_JOINTS = frozenset({"&", "and", "und", "et", "y"})
_NOT_WORD = re.compile(r"[\W_]+")
_PLAIN = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "ð": "d", "þ": "th"}
)
_SPACED_FORMS = (("sp. z o.o.", "spzoo"), ("sp. z o. o.", "spzoo"), ("s. r. o.", "sro"))


def first_word(value: Any) -> str:
    """`Ada` of `Ada King Lovelace`."""
    words = text_of(value).split(maxsplit=1)
    return words[0] if words else ""


def domain(value: Any) -> str:
    """`x.example` of `ada@mail.x.example`'s web or mail address, without `www.`; blank if none.

    Sub-domains stay: `mail.x.example` is what the address says.
    """
    text = text_of(value).strip().casefold()
    text = text.split("://", 1)[-1]
    for end in "/?#":
        text = text.split(end, 1)[0]
    host = text.rsplit("@", 1)[-1].split(":", 1)[0].strip("<>. ").removeprefix("www.")
    return host if "." in host and " " not in host else ""


def slug(value: Any) -> str:
    """`muller-sohne` of `Müller & Söhne`: small letters and digits, joined by hyphens."""
    text = unicodedata.normalize("NFKD", text_of(value).casefold().translate(_PLAIN))
    bare = "".join(c for c in text if not unicodedata.combining(c))
    return _NOT_WORD.sub("-", bare).strip("-")


def initials(value: Any) -> str:
    """`AL` of `Ada Lovelace`."""
    words = _NOT_WORD.sub(" ", text_of(value)).split()
    return "".join(word[0] for word in words).upper()


def clean_company(value: Any) -> str:
    """A company's name without its legal form: `Acme` of `Acme, Inc.`, `Bosch` of `Bosch GmbH & Co. KG`.

    A name that is nothing but such words stays as it is.
    """
    text = text_of(value).strip()
    folded = text.casefold()
    for spaced, joined in _SPACED_FORMS:
        if folded.endswith(spaced):
            text = text[: -len(spaced)] + joined
    words = text.split()
    kept = len(words)
    while kept > 1 and _is_legal(words[kept - 1]):
        kept -= 1
    if kept < len(words):
        while kept > 1 and words[kept - 1].casefold() in _JOINTS:
            kept -= 1
    return " ".join(words[:kept]).rstrip(" ,;-") or text


def _is_legal(word: str) -> bool:
    bare = word.casefold().strip("(),;").replace(".", "").replace("/", "")
    return bare in _LEGAL_FORMS or (word in _JOINTS)
