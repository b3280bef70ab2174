"""JSON as BSON can hold it: names with dots and dollars, half characters, wide integers.

`pack` and `unpack` are inverse for all JSON whose text is valid Unicode and whose integers fit
64 bits; half characters become `?`, wider integers become text.
"""

from __future__ import annotations

import re
from typing import Any, cast

from bson.int64 import Int64

_IN_NAMES = re.compile("[%.\x00]|^[$]")
_ESCAPED = re.compile("%(25|2E|00|24)")
_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1


def pack(value: Any) -> Any:
    """JSON with every name and value as BSON can hold it."""
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return {pack_name(name): pack(item) for name, item in items}
    if isinstance(value, (list, tuple)):
        return [pack(item) for item in cast("list[Any]", value)]
    return pack_value(value)


def pack_name(name: str) -> str:
    """A field name without dots, NULs and a leading dollar: these are written as `%2E`."""
    clean = str(pack_value(name))
    return _IN_NAMES.sub(lambda found: f"%{ord(found[0]):02X}", clean)


def pack_value(value: Any) -> Any:
    """Text, a number, a truth value or None as BSON can hold it."""
    if isinstance(value, str):
        # Enumerations are text to BSON only as plain text.
        return str(value) if value.isascii() else value.encode(errors="replace").decode()
    if isinstance(value, int) and not _INT64_MIN <= value <= _INT64_MAX:
        return str(value)
    return value


def unpack(value: Any) -> Any:
    """The JSON that was packed."""
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return {unpack_name(name): unpack(item) for name, item in items}
    if isinstance(value, list):
        return [unpack(item) for item in cast("list[Any]", value)]
    return unpack_value(value)


def unpack_name(name: str) -> str:
    """A field name as it was before `pack_name`."""
    if "%" not in name:
        return name
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), name)


def unpack_value(value: Any) -> Any:
    """A value as plain Python: the driver gives wide integers a type of their own."""
    return int(value) if type(value) is Int64 else value
