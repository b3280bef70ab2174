"""Marks on invented values, so that nothing of a practice workspace is taken for real.

Texts begin with `(practice)`; addresses are at practice.example, a domain that can never be
registered (RFC 2606); web addresses end in `#practice` or name that domain. Numbers, dates and
truth values cannot carry a mark.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from leadsync.core.engine.outcomes import Value

if TYPE_CHECKING:
    from leadsync.core.engine.outcomes import Json, Outcome

WORD = "practice"
MARK = f"({WORD}) "
DOMAIN = f"{WORD}.example"
KEY = "practice-key-that-is-none"
"""What columns get for every key."""
LINE = "practice workspace: nothing leaves this machine"

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_URL = re.compile(r"https?://\S+")
_DOMAIN = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}", re.IGNORECASE)
_INVENTED = re.compile(rf'(?:^\s*|")\({WORD}\) |(?<![a-z0-9-]){re.escape(DOMAIN)}|#{WORD}$')
"""At the beginning of a text, or of one in JSON: "dentist (practice) in Bonn" is none."""
_PLAIN = re.compile(r"[+-]?[\d.,:TZ+-]+|true|false|null", re.IGNORECASE)


def marked(text: str) -> str:
    """The text so that it can be told from a real one; a marked one stays as it is."""
    bare = text.strip()
    if not bare or _is_marked(bare) or _PLAIN.fullmatch(bare):
        return text
    if _EMAIL.fullmatch(bare):
        return f"{bare.partition('@')[0]}@{DOMAIN}"
    if _URL.fullmatch(bare):
        return f"{bare}#{WORD}"
    if _DOMAIN.fullmatch(bare):
        return DOMAIN
    return MARK + text


def _is_marked(text: str) -> bool:
    """Whether a text says so already; a dentist's practice does not."""
    marks = (MARK.strip(), DOMAIN, f"#{WORD}", f"/in/{WORD}-")
    return any(mark in text for mark in marks)


def looks_invented(text: str) -> bool:
    """Whether a text looks marked, where it has to be told from what real people may have written."""
    return WORD in text and _INVENTED.search(text) is not None


def marked_json(found: Json) -> Json:
    """Plain JSON whose texts are all marked; names in it stay."""
    if isinstance(found, str):
        return marked(found)
    if isinstance(found, list):
        return [marked_json(one) for one in cast("list[Json]", found)]
    if isinstance(found, dict):
        return {name: marked_json(one) for name, one in found.items()}
    return found


def marked_outcome(outcome: Outcome) -> Outcome:
    """The outcome with a marked result, where it has one."""
    return (
        replace(outcome, result=marked_json(outcome.result))
        if isinstance(outcome, Value)
        else outcome
    )
