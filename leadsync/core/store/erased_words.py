"""The words that tell of an erased person, and texts without them.

An address, a full name or a LinkedIn profile is found in every form that it may stand in: any case,
composed or decomposed letters, percent-encoded as in web addresses, and escaped as JSON does.
`joanna@acme.com` is nobody's `anna@acme.com`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from leadsync.core.host_names import as_punycode, in_letters

if TYPE_CHECKING:
    from collections.abc import Iterable

HIDDEN = "[erased]"

_PIECES = re.compile("[a-z0-9._~-]+")  # never encoded, so they stand in every form
_GAP = r"(?:\s|%20|\+|%C2%A0|&nbsp;|\\u00a0)+"
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")  # written without spaces around
# What may stand before a word though it looks like a letter of it: %3A, \n, \u003c.
_ENCODED = r"(?<=%[0-9a-f]{2})(?<!%2b)|(?<=\\[nrtbf])|(?<=\\u[0-9a-f]{4})"
_LETTER = "a-z0-9\u00c0-\u024f"
_BEFORE_ADDRESS = rf"(?:{_ENCODED}|(?<![{_LETTER}])(?<![{_LETTER}][._+-]))"
_AFTER_ADDRESS = rf"(?![{_LETTER}]|[.][{_LETTER}]|-[a-z0-9-]*[.][a-z0-9])"
_BEFORE_NAME = rf"(?:{_ENCODED}|(?<![^\W_]))"
_AFTER_NAME = r"(?![^\W_])"
_AFTER_SLUG = rf"(?![{_LETTER}_-])"


class ErasedWords:
    """What is looked for, and hidden where it is found. May be used from any thread.

    Attributes:
        marks: lower-case ASCII pieces; a text that tells of somebody has all pieces of one entry,
            so that a search need not look closer at the others. An empty entry: look at all.
    """

    def __init__(
        self,
        emails: Iterable[str] = (),
        names: Iterable[str] = (),
        profiles: Iterable[str] = (),
    ) -> None:
        """Take what tells of people.

        Args:
            emails: canonical addresses.
            names: full names, as they are written.
            profiles: as `identity.linkedin_identity` gives them: `in/anna-schmidt`.
        """
        forms = [*map(_address_form, emails), *map(_profile_form, profiles)]
        forms += [form for name in names if name.strip() for form in _name_forms(name.split())]
        self.marks: tuple[tuple[str, ...], ...] = tuple(dict.fromkeys(m for _, m in forms))
        patterns = dict.fromkeys(pattern for pattern, _ in forms)
        self._pattern = re.compile("|".join(patterns), re.IGNORECASE) if patterns else None

    def may_be_in(self, text: str) -> bool:
        """Whether a text, or JSON as it is stored, has to be looked at closely."""
        if self._pattern is None:
            return False
        lowered = text.lower()
        return any(all(piece in lowered for piece in pieces) for pieces in self.marks)

    def are_in(self, text: str) -> bool:
        """Whether a text tells of any of them."""
        return (
            self.may_be_in(text)
            and self._pattern is not None
            and self._pattern.search(text) is not None
        )

    def hide(self, text: str) -> str:
        """The text without them."""
        if self._pattern is None or not self.may_be_in(text):
            return text
        return self._pattern.sub(HIDDEN, text)

    def blacken(self, text: str) -> str:
        """The text with stars in their place, as many as there were bytes: for files in use."""
        if self._pattern is None or not self.may_be_in(text):
            return text
        return self._pattern.sub(lambda found: "*" * _bytes_of(found[0]), text)

    def hide_all(self, value: Any) -> Any:
        """Plain JSON without them, names of fields included; the same object where nothing is."""
        hidden: Any = value
        if isinstance(value, str):
            hidden = self.hide(value)
        elif isinstance(value, dict):
            items = cast("dict[str, Any]", value).items()
            hidden = {self.hide(name): self.hide_all(item) for name, item in items}
        elif isinstance(value, (list, tuple)):
            hidden = [self.hide_all(item) for item in cast("list[Any]", value)]
            is_same = hidden == list(cast("list[Any]", value))
            return cast("Any", value) if is_same else hidden
        return cast("Any", value) if hidden == value else hidden


def _bytes_of(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))


def _address_form(address: str) -> tuple[str, tuple[str, ...]]:
    local, _, domain = address.rpartition("@")
    names = dict.fromkeys((domain, *_other_domain(domain)))
    loose = "|".join(_loose(name) for name in names)
    pattern = f"{_BEFORE_ADDRESS}{_loose(local)}{_loose('@')}(?:{loose}){_AFTER_ADDRESS}"
    return pattern, _marks(local if len(names) > 1 else address)


def _other_domain(domain: str) -> list[str]:
    """The same host name as letters, where it is punycode, or the other way round."""
    return [name for name in (as_punycode(domain), in_letters(domain)) if name != domain]


def _profile_form(profile: str) -> tuple[str, tuple[str, ...]]:
    kind, _, rest = profile.partition("/")
    if kind == "member":  # ids are long and in one case; they say enough by themselves
        return f"(?<![{_LETTER}_-]){re.escape(rest)}{_AFTER_SLUG}", _marks(rest)
    pattern = rf"(?<![{_LETTER}]){kind}(?:/|%2F)" + _loose(rest) + _AFTER_SLUG
    return pattern, _marks(rest)


def _name_forms(words: list[str]) -> list[tuple[str, tuple[str, ...]]]:
    """`Anna Schmidt`, and `Schmidt, Anna`."""
    orders = [(_GAP.join(map(_loose, words)), words)]
    if len(words) > 1:
        first = _GAP.join(map(_loose, words[:-1]))
        orders.append((f"{_loose(words[-1])}(?:,|%2C)?{_GAP}{first}", words))
    before = "" if _WIDE.match(words[0][:1]) else _BEFORE_NAME
    after = "" if _WIDE.match(words[-1][-1:]) else _AFTER_NAME
    return [(f"{before}{order}{after}", _marks(" ".join(words))) for order, words in orders]


def _marks(text: str) -> tuple[str, ...]:
    """The pieces of a text that are the same in all its forms."""
    composed, decomposed = (unicodedata.normalize(form, text.lower()) for form in ("NFC", "NFD"))
    kept = set(_PIECES.findall(decomposed)) & set(_PIECES.findall(composed))
    return tuple(sorted(piece for piece in kept if len(piece) > 1))


def _loose(text: str) -> str:
    """A pattern for a text in any of its forms."""
    return "".join(_loose_character(char) for char in unicodedata.normalize("NFC", text))


def _loose_character(char: str) -> str:
    if char.isascii() and (char.isalnum() or char in "._~-"):
        return re.escape(char)
    forms = {char}
    for case in {char.lower(), char.upper()}:
        forms |= {quote(case, safe="", errors="replace"), unicodedata.normalize("NFD", case)}
        escaped = case.encode("utf-16-be", "surrogatepass").hex()
        forms.add("".join(f"\\u{escaped[at : at + 4]}" for at in range(0, len(escaped), 4)))
        forms.add(json.dumps(case, ensure_ascii=False)[1:-1])
    return f"(?:{'|'.join(map(re.escape, sorted(forms, key=len, reverse=True)))})"
