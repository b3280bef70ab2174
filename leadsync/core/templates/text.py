"""How the values of a template are printed."""

from __future__ import annotations

import json
from typing import Any, cast

from leadsync.core.values import show

_KINDS: dict[type, str] = {
    dict: "dict",
    float: "number",
    int: "number",
    list: "list",
    str: "text",
    tuple: "list",
}


def text_of(value: Any) -> str:
    """A value as a cell shows it: blank for None, no point on whole numbers, lists by commas."""
    if type(value) is str:
        return value
    if value is True or value is False:
        return "true" if value else "false"
    if value is None or isinstance(value, (int, float)):
        return show(value)
    if isinstance(value, (list, tuple, range)):
        return ", ".join(text_of(item) for item in cast("list[Any]", value))
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, default=text_of)
    return str(value)


def is_blank(value: object) -> bool:
    """Whether a cell says nothing: None, no text but space, no tags."""
    if value is None:
        return True
    if isinstance(value, str):
        return not value or value.isspace()
    return isinstance(value, (list, tuple)) and not value


def kind_of(value: object) -> str:
    """What a value is, for people."""
    return _KINDS.get(type_of(value), "value")


def type_of(value: object) -> type:
    """The exact class of a value, as a look-up key."""
    return type(value)
