"""`"%s" % x` and `"{}".format(x)` with widths that stay small."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.templates.limits import TemplateLimit, check_chars, check_width

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_MAX_FORMAT_CHARS = 2000
_PERCENT = re.compile(r"%(?:\([^)]*\))?[#0 +-]*(\*|[0-9]+)?(?:\.(\*|[0-9]+))?")
_DIGITS = re.compile(r"[0-9]+")


def percent(pattern: str, arguments: object) -> str:
    """What `pattern % arguments` makes, or TemplateLimit where a field is too wide."""
    _check_room(pattern, pattern.count("%"), _plain(arguments))
    for found in _PERCENT.finditer(pattern):
        for width in found.groups():
            if width == "*":
                raise TemplateLimit("a width taken from a value")
            check_width(int(width) if width else 0)
    return pattern % arguments


def braces(pattern: str, args: Sequence[Any], named: Mapping[str, Any]) -> str:
    """What `pattern.format(*args, **named)` makes, or TemplateLimit where a field is too wide."""
    _check_room(pattern, pattern.count("{"), [*args, *named.values()])
    return _Formatter().vformat(pattern, args, named)


class _Formatter(string.Formatter):
    """Plain fields only: no attributes, no items, no width beyond the limit."""

    def get_field(
        self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> tuple[Any, str]:
        if "." in field_name or "[" in field_name:
            raise ValueError(f'"{{{field_name}}}" reaches into a value; name the value itself')
        return cast("tuple[Any, str]", super().get_field(field_name, args, kwargs))

    def format_field(self, value: Any, format_spec: str) -> str:
        for digits in _DIGITS.findall(format_spec):
            check_width(int(digits[:9]))
        return cast("str", super().format_field(value, format_spec))


def _plain(arguments: object) -> Iterable[object]:
    if isinstance(arguments, dict):
        return cast("dict[object, object]", arguments).values()
    return cast("tuple[object, ...]", arguments) if isinstance(arguments, tuple) else (arguments,)


def _check_room(pattern: str, fields: int, values: Iterable[object]) -> None:
    if len(pattern) > _MAX_FORMAT_CHARS:
        raise TemplateLimit(f"a format of more than {_MAX_FORMAT_CHARS:,} characters")
    longest = 0
    for value in values:
        if value is not None and not isinstance(value, (str, int, float)):
            raise TypeError(f"a format takes texts and numbers, not a {type(value).__name__}")
        longest = max(longest, len(value) if isinstance(value, str) else 0)
    check_chars(len(pattern) + fields * longest)
