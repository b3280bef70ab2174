"""What the generated code of a template calls: printing, loops, joins, slices; each pays first."""

from __future__ import annotations

from typing import Any, cast

from jinja2 import Undefined, pass_context

from leadsync.core.templates.filters import budget_of, join_items
from leadsync.core.templates.limits import weigh
from leadsync.core.templates.template import BlankInput
from leadsync.core.templates.text import is_blank, kind_of, text_of


@pass_context
def printed(context: Any, value: Any) -> str:
    """What `{{ value }}` writes."""
    if type(value) is not str:
        weigh(value)
        value = text_of(value)
    budget_of(context).pay_for(value)
    return value


@pass_context
def concat(context: Any, values: list[Any]) -> str:
    """What `a ~ b` makes."""
    budget = budget_of(context)
    budget.pay_for(values)
    text = join_items("", values)
    budget.pay_for(text)
    return text


@pass_context
def counted(context: Any, items: Any, steps: int) -> Any:
    """The items of a loop, each of which costs what its body writes."""
    budget = budget_of(context)
    if not isinstance(items, (Undefined, str)):
        budget.pay_for(items)
    for item in items:
        budget.spend(steps)
        yield item


@pass_context
def weighed(context: Any, value: Any) -> Any:
    """The value itself, after it was paid for."""
    budget_of(context).pay_for(value)
    return value


@pass_context
def sliced(context: Any, value: Any, start: Any, stop: Any, step: Any) -> Any:
    """What `value[start:stop:step]` takes."""
    if isinstance(value, Undefined):
        return str(value)
    if not isinstance(value, (str, list, tuple, range)):
        raise TypeError(f"a {kind_of(value)} has no parts to take")
    found: Any = cast("Any", value)[start:stop:step]
    budget_of(context).pay_for(found)
    return found


@pass_context
def filled(context: Any, _: Any, *fields: str) -> bool:
    """True, or BlankInput for the first of these fields that is blank."""
    for field in fields:
        if is_blank(context.parent[field]):
            raise BlankInput(field)
    return True


HOOKS = {
    "_concat": concat,
    "_counted": counted,
    "_filled": filled,
    "_sliced": sliced,
    "_weighed": weighed,
}
"""Filters that only the compiler puts in; their names are refused in what users write."""
