"""The filters and tests that a template may use, each paid for before and after."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from typing import Any, cast

from jinja2 import Undefined, pass_context
from jinja2 import filters as jinja
from jinja2 import tests as jinja_tests

from leadsync.core.templates import formatting, trade
from leadsync.core.templates.limits import MAX_WIDTH, Budget, check_chars, check_items, check_width
from leadsync.core.templates.text import is_blank, text_of

Filter = Callable[..., Any]

_JINJA = (
    "abs", "capitalize", "center", "count", "dictsort", "first", "float", "indent",
    "int", "items", "last", "length", "list", "lower", "map", "max", "min", "reject", "reverse",
    "select", "sort", "sum", "title", "trim", "truncate", "unique", "upper", "urlencode",
    "wordcount",
)  # fmt: skip
_TESTS = (
    "boolean", "defined", "divisibleby", "eq", "even", "false", "float", "ge", "gt", "in",
    "integer", "iterable", "le", "lower", "lt", "mapping", "ne", "none", "number", "odd",
    "sequence", "string", "true", "undefined", "upper",
)  # fmt: skip
_SLOW_STEPS = 8
"""How much more than a plain one such a filter costs for each character."""
_SLOW = frozenset({"title", "sort", "urlencode", "wordcount", "slug", "clean_company", "tojson"})


def budget_of(context: Any) -> Budget:
    """The budget of the rendering that this context belongs to."""
    return cast("Budget", context.budget)


def filter_table() -> dict[str, Filter]:
    """All filters by name. Names with an underscore are put in by the compiler, not by users."""
    theirs = cast("dict[str, Any]", jinja.FILTERS)  # type: ignore[reportUnknownMemberType]  # has no types
    known: dict[str, Any] = {name: theirs[name] for name in _JINJA}
    known |= {
        "d": default_filter,
        "default": default_filter,
        "format": formatting_filter,
        "join": join_filter,
        "replace": replace_filter,
        "round": round_filter,
        "string": text_of,
        "tojson": tojson_filter,
        "first_word": trade.first_word,
        "domain": trade.domain,
        "slug": trade.slug,
        "initials": trade.initials,
        "clean_company": trade.clean_company,
    }
    return {name: _paid(name, function) for name, function in known.items()}


def test_table() -> dict[str, Filter]:
    """All tests by name: those of Jinja that look at values only, and `is blank`."""
    theirs = cast("dict[str, Any]", jinja_tests.TESTS)  # type: ignore[reportUnknownMemberType]  # has no types
    known: dict[str, Any] = {name: theirs[name] for name in _TESTS}
    # Comparing costs what reading both sides costs, so that tests are paid like filters.
    return {name: _paid(name, test) for name, test in {**known, "blank": is_blank}.items()}


def _paid(name: str, function: Filter) -> Filter:
    """The same filter, but its input, arguments and result are weighed, and lists are whole."""
    passed = getattr(function, "jinja_pass_arg", None)
    first = None if passed is None else cast("str", passed.name)
    slow = _SLOW_STEPS if name in _SLOW else 1

    @pass_context
    def paid(context: Any, value: Any, *args: Any, **named: Any) -> Any:
        budget = budget_of(context)
        for _ in range(slow):
            budget.pay_for(value)
        for argument in (*args, *named.values()):
            budget.pay_for(argument)
        if name in _ROOM:
            _ROOM[name](value, *args, **named)
        found = function(*_passed(first, context), value, *args, **named)
        if hasattr(found, "__next__"):
            found = _listed(found)
        budget.pay_for(found)
        return found

    return paid


def _passed(first: str | None, context: Any) -> tuple[Any, ...]:
    if first is None:
        return ()
    return ({"context": context, "eval_context": context.eval_ctx}.get(first, context.environment),)


def _listed(items: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for item in items:
        found.append(item)
        check_items(len(found))
    return found


def _room_to_center(_value: Any, width: Any = 80) -> None:
    check_width(width)


def _room_to_indent(value: Any, width: Any = 4, *_: Any, **__: Any) -> None:
    lines = value.count("\n") + 1 if isinstance(value, str) else 1
    each = len(width) if isinstance(width, str) else int(width)
    check_chars(lines * (each + 1))


def default_filter(value: Any, fallback: Any = "", *_: Any) -> Any:
    """`{{ title|default("your role") }}`: for blank cells, not for missing names only."""
    return fallback if isinstance(value, Undefined) or is_blank(value) else value


_ROOM: dict[str, Filter] = {"center": _room_to_center, "indent": _room_to_indent}
"""Filters that make much of little: their arguments are checked first."""


def join_items(separator: str, items: Iterable[Any]) -> str:
    """Items as one text, or TemplateLimit before it gets too long."""
    texts = [text_of(item) for item in items]
    check_chars(sum(map(len, texts)) + len(separator) * len(texts))
    return separator.join(texts)


def join_filter(value: Iterable[Any], separator: str = "") -> str:
    """`{{ tags|join(", ") }}`."""
    return join_items(str(separator), value)


def replace_filter(value: Any, old: str, new: str, count: int = -1) -> str:
    """`{{ company|replace("&", "and") }}`."""
    text = text_of(value)
    check_chars(len(text) + text.count(old) * len(new))
    return text.replace(old, new, count)


def round_filter(value: Any, precision: int = 0, method: str = "common") -> float | int:
    """`{{ revenue|round(1) }}`; methods: common, ceil, floor."""
    number = float(value)
    if method not in ("common", "ceil", "floor"):
        raise ValueError('the method of round is "common", "ceil" or "floor"')
    digits = max(-MAX_WIDTH, min(int(precision), 300))
    if method == "common":
        return round(number, digits)
    scale = 10.0**digits
    return (math.ceil if method == "ceil" else math.floor)(number * scale) / scale


def formatting_filter(value: Any, *args: Any, **named: Any) -> str:
    """`{{ "%.1f"|format(revenue) }}`."""
    return formatting.percent(str(value), named or args)


def tojson_filter(value: Any) -> str:
    """A value as JSON, for the bodies of HTTP columns: quotes and line breaks are escaped."""
    return json.dumps(value, ensure_ascii=False)
