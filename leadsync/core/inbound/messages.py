"""Bodies of messages: JSON, or what the form of a page sends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Never, cast
from urllib.parse import parse_qsl

from leadsync.core.errors import InputError
from leadsync.core.nesting import MOST_LEVELS, is_too_deep

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FORM_TYPE = "application/x-www-form-urlencoded"
_JSON_TYPES = ("application/json", "text/json")
MOST_FIELDS = 200
TOO_DEEP = f"the body is nested too deep; {MOST_LEVELS} levels are taken"


class UnknownTypeError(InputError):
    """The body is neither JSON nor a form's."""


def content_type(headers: Mapping[str, str]) -> str:
    """What a body is said to be, without its parameters."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def read_json(body: bytes) -> object:
    """A body as JSON.

    Raises:
        InputError: it is none, or nested too deep.
    """
    try:
        found: object = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except ValueError as error:
        raise InputError("the body is no JSON") from error
    except RecursionError as error:
        raise InputError(TOO_DEEP) from error
    if is_too_deep(found):
        raise InputError(TOO_DEEP)
    return found


def read_objects(headers: Mapping[str, str], body: bytes) -> list[dict[str, Any]]:
    """The leads of a form post: one JSON object, a list of them, or the fields of a page's form.

    Raises:
        InputError: it is none of these.
    """
    kind = content_type(headers)
    # Many clients call whatever they post a form's, as curl -d does.
    if kind == FORM_TYPE and body.lstrip()[:1] not in (b"{", b"["):
        return [_read_form(body)]
    if kind not in ("", FORM_TYPE, *_JSON_TYPES) and not kind.endswith("+json"):
        raise UnknownTypeError(f"JSON is taken, or a form as {FORM_TYPE}")
    found = read_json(body)
    objects = cast("list[Any]", found) if isinstance(found, list) else [found]
    if not objects or not all(isinstance(each, dict) for each in objects):
        raise InputError("the body is no object with names and values, and no list of such")
    return cast("list[dict[str, Any]]", objects)


def names_in(objects: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names of all fields, in the order in which they come."""
    return list(dict.fromkeys(name for each in objects for name in each))


def _read_form(body: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=False, max_num_fields=MOST_FIELDS,
            errors="strict",
        )  # fmt: skip
    except ValueError as error:
        raise InputError("the fields of the form cannot be read") from error
    fields: dict[str, Any] = {}
    for name, value in pairs:
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    if not fields:
        raise InputError("the form has no field that is filled")
    return fields


def _no_constant(text: str) -> Never:
    raise ValueError(text)
