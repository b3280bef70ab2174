"""Objects of a JSON array or of JSON Lines, one after another, as rows of text."""

from __future__ import annotations

import json
from json import JSONDecodeError, JSONDecoder
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.errors import InputError
from leadsync.core.importing.synonyms import known_field
from leadsync.core.nesting import is_too_deep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

CHUNK_CHARS = 1 << 18
MAX_OBJECT_CHARS = 1 << 28
_CUT_SHORT_CHARS = 12
"""An error this near to the end of what was read may only mean that more has to be read."""

_SPACE = " \t\r\n\ufeff"


class _Number(str):
    """A number as it is written in the file."""

    __slots__ = ()


_DECODER = JSONDecoder(parse_float=_Number, parse_int=_Number, parse_constant=_Number, strict=False)


def is_json(head: str) -> bool:
    """Whether a text begins like objects, or like an array of them."""
    text = head.lstrip(_SPACE)
    if text[:1] == "[":
        return text[1:].lstrip(_SPACE)[:1] in ("{", "]") or _is_list(text)
    return text[:1] == "{" and text[1:].lstrip(_SPACE)[:1] in ('"', "}")


def _is_list(text: str) -> bool:
    """Whether a short text is a JSON list, of whatever."""
    try:
        return isinstance(json.loads(text), list)
    except (ValueError, RecursionError):
        return False


def check_not_wrapped(objects: Sequence[dict[str, Any]], name: str) -> None:
    """Make sure that the only object of a file is a lead, and no wrapping of a list of them.

    Args:
        objects: the first objects of the file.
        name: what messages call it.

    Raises:
        InputError: it is a wrapping; the message names where the list is.
    """
    if len(objects) != 1 or any(map(known_field, objects[0])):
        return
    for key, value in objects[0].items():
        if isinstance(value, list) and any(isinstance(v, dict) for v in cast("list[Any]", value)):
            raise InputError(
                f'the objects of "{name}" are inside "{key}"; a list of objects is expected',
                next_step=f"write the list alone into a file: jq '.{key}' {name}",
            )


def iter_objects(read: Callable[[int], str], name: str) -> Iterator[dict[str, Any]]:
    """The objects of a file, with one of them in memory at a time.

    Raises:
        InputError: broken JSON, or a value that is no object.
    """
    text, at, count, in_array = "", 0, 0, None
    while True:
        at = _next_value(text, at, commas=count > 0)
        if at >= len(text):
            text, at = read(CHUNK_CHARS), 0
            if not text:
                break
        elif in_array is None:
            in_array = text[at] == "["
            at += 1 if in_array else 0
        elif in_array and text[at] == "]":
            return
        elif found := _decode(text, at, name, count + 1):
            value, at = found
            count += 1
            yield value
        else:
            more = read(max(CHUNK_CHARS, len(text) - at))
            if not more or len(text) - at > MAX_OBJECT_CHARS:
                raise _broken(name, count + 1, "it ends in the middle")
            text, at = text[at:] + more, 0
    if in_array:
        raise _broken(name, count + 1, "it ends in the middle")


def _next_value(text: str, at: int, *, commas: bool) -> int:
    """Where the next value begins, after spaces and, between values, commas."""
    while at < len(text) and (text[at] in _SPACE or (commas and text[at] == ",")):
        at += 1
    return at


def _decode(text: str, at: int, name: str, number: int) -> tuple[dict[str, Any], int] | None:
    """The object at a place and where it ends; None when more text is needed."""
    try:
        value, end = _DECODER.raw_decode(text, at)
    except JSONDecodeError as error:
        if error.msg.startswith("Unterminated") or error.pos >= len(text) - _CUT_SHORT_CHARS:
            return None
        raise _broken(name, number, error.msg[:1].lower() + error.msg[1:]) from error
    except RecursionError as error:
        raise _broken(name, number, "it is nested too deep") from error
    if not isinstance(value, dict):
        raise _broken(name, number, "it is no object with names and values")
    if is_too_deep(cast("object", value)):
        raise _broken(name, number, "it is nested too deep")
    return cast("dict[str, Any]", value), end


def _broken(name: str, number: int, why: str) -> InputError:
    return InputError(
        f'object {number} of "{name}" cannot be read: {why}',
        next_step="the file must be a JSON array of objects, or one object a line",
    )


def cell_of(value: Any) -> str:
    """A JSON value as cell text: numbers as written, nested values as JSON, null blank."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _to_json(value)


def _to_json(value: Any) -> str:
    """JSON text in which numbers are as the file wrote them."""
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value)
        inner = (f"{json.dumps(k, ensure_ascii=False)}: {_to_json(v)}" for k, v in items.items())
        return "{" + ", ".join(inner) + "}"
    if isinstance(value, list):
        elements = cast("list[Any]", value)
        return "[" + ", ".join(_to_json(element) for element in elements) + "]"
    return json.dumps(value, ensure_ascii=False)
