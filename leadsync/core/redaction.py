"""Keys hidden in whatever is stored, logged or shown."""

from __future__ import annotations

import json
import logging
import re
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterable

HIDDEN = "[key hidden]"
SHORTEST = 8  # shorter values would hide ordinary words

# What providers' keys look like, for keys that are not ours to know: one that an error echoes.
_KEY_LIKE = re.compile(
    r"\b(?:sk|pk|rk)-[A-Za-z0-9_\-]{16,}|\bapify_api_[A-Za-z0-9]{16,}"
    r"|\bls[st]_[0-9]{1,12}_[A-Za-z0-9_\-]{43}"  # our own logins and tokens
)
_BEARER = re.compile(r"(?i)\b(bearer\s+)[A-Za-z0-9._~+/\-]{8,}=*")

_ENCODER = json.JSONEncoder(ensure_ascii=False)


class Redactor:
    """Hides the values of keys, and what looks like one. May be used from any thread."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Begin with the keys that are known."""
        self._secrets: tuple[str, ...] = ()
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Hide this value too from now on."""
        if len(secret) >= SHORTEST and secret not in self._secrets:
            # The longest first: one may be a part of another.
            self._secrets = tuple(sorted((*self._secrets, secret), key=len, reverse=True))

    def text(self, text: str) -> str:
        """The text without keys."""
        if not text:
            return text
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, HIDDEN)
        # Looking for a word first takes a tenth of the time of an expression.
        if "bearer" in text.lower():
            text = _BEARER.sub(rf"\1{HIDDEN}", text)
        return _KEY_LIKE.sub(HIDDEN, text) if _has_mark(text) else text

    def json(self, value: Any) -> Any:
        """Plain JSON without keys, names of objects included."""
        # Hardly ever is there one: one look at the whole instead of one at each string.
        if self.text(plain := _ENCODER.encode(value)) == plain and not any(
            _ENCODER.encode(secret)[1:-1] in plain for secret in self._secrets
        ):
            return value
        return self._walk(value)

    def _walk(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            items = cast("dict[str, Any]", value).items()
            return {self.text(name): self._walk(item) for name, item in items}
        if isinstance(value, (list, tuple)):
            return [self._walk(item) for item in cast("list[Any]", value)]
        return value


def _has_mark(text: str) -> bool:
    """Whether a part of what looks like a key is there."""
    return "k-" in text or "apify_api_" in text or "lst_" in text or "lss_" in text


class RedactingFilter(logging.Filter):
    """Hides keys in log records; sits on the root handler."""

    def __init__(self, redactor: Redactor) -> None:
        """Take what is to be hidden; keys that it learns later are hidden too."""
        super().__init__()
        self._redactor = redactor

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, without keys in its message and traceback."""
        record.msg = self._redactor.text(record.getMessage())
        record.args = None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self._redactor.text(record.exc_text)
        return True
