"""Jinja2's sandbox, narrowed to texts, numbers and lists, with a price on every operation.

Only this module and its neighbours `filters` and `reading` load jinja2; they are imported when a
template is compiled.
"""

from __future__ import annotations

from types import BuiltinMethodType, MethodType
from typing import Any, cast

from jinja2 import StrictUndefined, Undefined
from jinja2.exceptions import SecurityError, TemplateError, UndefinedError
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from leadsync.core.templates import formatting
from leadsync.core.templates.filters import (
    budget_of,
    filter_table,
    join_items,
    replace_filter,
    test_table,
)
from leadsync.core.templates.hooks import HOOKS, printed
from leadsync.core.templates.limits import (
    Budget,
    check_bits,
    check_chars,
    check_items,
    check_width,
)
from leadsync.core.templates.text import kind_of, type_of

METHODS: dict[type, frozenset[str]] = {
    str: frozenset(
        [
            "capitalize",
            "casefold",
            "center",
            "count",
            "endswith",
            "find",
            "format",
            "index",
            "isalnum",
            "isalpha",
            "isdigit",
            "islower",
            "isnumeric",
            "isspace",
            "istitle",
            "isupper",
            "join",
            "ljust",
            "lower",
            "lstrip",
            "partition",
            "removeprefix",
            "removesuffix",
            "replace",
            "rfind",
            "rindex",
            "rjust",
            "rpartition",
            "rsplit",
            "rstrip",
            "split",
            "splitlines",
            "startswith",
            "strip",
            "swapcase",
            "title",
            "upper",
            "zfill",
        ]
    ),
    list: frozenset({"count", "index"}),
    tuple: frozenset({"count", "index"}),
    dict: frozenset({"get", "items", "keys", "values"}),
}
LOOP = frozenset(
    [
        "changed",
        "cycle",
        "depth",
        "depth0",
        "first",
        "index",
        "index0",
        "last",
        "length",
        "nextitem",
        "previtem",
        "revindex",
        "revindex0",
    ]
)
_VIEWS = frozenset({"items", "keys", "values"})


MISFITS = (ArithmeticError, TypeError, UndefinedError, ValueError)
"""What values that do not fit can raise, a blank where a number should be above all."""

RENDER_ERRORS = (*MISFITS, AttributeError, LookupError, RecursionError, TemplateError)
"""Everything that the code of a template can raise."""


class RenderContext(Context):
    """The variables of one rendering, and its budget."""

    budget: Budget


class LeadEnvironment(ImmutableSandboxedEnvironment):
    """Jinja2 as templates of leads may use it: no attributes but named methods, nothing free."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def __init__(self) -> None:
        """Build the one environment that all templates share; it has no state of its own."""
        super().__init__(
            undefined=StrictUndefined,
            autoescape=False,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            optimized=False,
            finalize=printed,
            cache_size=0,
        )
        self.globals = {"range": range}
        self.filters = filter_table()
        self.public_filters = frozenset(self.filters)
        self.filters |= HOOKS
        self.tests = test_table()
        self.misfits = MISFITS
        self.render_errors = RENDER_ERRORS

    def new_render(self, variables: dict[str, Any], budget: Budget) -> RenderContext:
        """The context of one rendering."""
        context = RenderContext(self, {**self.globals, **variables}, None, {})
        context.budget = budget
        return context

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A method of the short list, or an entry of a dict."""
        if isinstance(obj, Undefined):
            return str(obj)  # raises, and says what is missing
        if attribute in METHODS.get(type_of(obj), ()):
            return getattr(obj, attribute)
        if isinstance(obj, LoopContext) and attribute in LOOP:
            return getattr(obj, attribute)
        if isinstance(obj, dict):
            return self.getitem(cast("dict[Any, Any]", obj), attribute)
        raise SecurityError(f'a {kind_of(obj)} has no "{attribute}" here')

    def getitem(self, obj: Any, argument: Any) -> Any:
        """An item of a list, text or dict; never an attribute."""
        if isinstance(obj, Undefined):
            return str(obj)
        try:
            return obj[argument]
        except LookupError:
            return self.undefined(f'"{argument}" is not in the {kind_of(obj)}')

    def call(
        __self, __context: Any, __obj: Any, *args: Any, **named: Any
    ) -> Any:  # named arguments of the template may be called self
        """A call of `range`, of a method of the short list, or of a loop's `cycle` and `changed`."""
        budget = budget_of(__context)
        for own in ("_loop_vars", "_block_vars"):  # the compiler's, where it stands in a loop
            named.pop(own, None)
        for argument in (*args, *named.values()):
            budget.pay_for(argument)
        if __obj is range:
            found: Any = range(*args)
            check_items(len(found))
        elif isinstance(__obj, BuiltinMethodType):
            found = _call_method(budget, __obj.__self__, __obj.__name__, args, named)
        elif isinstance(__obj, MethodType) and isinstance(__obj.__self__, LoopContext):
            found = __obj(*args, **named)
        else:
            raise SecurityError(f"a {kind_of(__obj)} cannot be called")
        budget.pay_for(found)
        return found

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Arithmetic whose result is known to be small before it is made."""
        budget = budget_of(context)
        budget.pay_for(left)
        budget.pay_for(right)
        if operator == "%" and isinstance(left, str):
            return formatting.percent(left, right)
        if operator == "*":
            _check_product(left, right)
        elif operator == "**" and isinstance(left, int) and isinstance(right, int):
            check_bits(left.bit_length() * max(right, 0))
        try:
            found = self.binop_table[operator](left, right)
        except TypeError as error:
            sides = f"a {kind_of(left)} and a {kind_of(right)}"
            raise TypeError(f"{operator} does not work between {sides}") from error
        budget.pay_for(found)
        return found


def _check_product(left: Any, right: Any) -> None:
    for many, times in ((left, right), (right, left)):
        if isinstance(times, int):
            if isinstance(many, str):
                check_chars(len(many) * times)
            elif isinstance(many, (list, tuple)):
                check_items(len(cast("list[Any]", many)) * times)
            elif isinstance(many, int):
                check_bits(many.bit_length() + times.bit_length())


def _call_method(
    budget: Budget, owner: Any, name: str, args: tuple[Any, ...], named: dict[str, Any]
) -> Any:
    if name not in METHODS.get(type_of(owner), ()):
        raise SecurityError(f'"{name}" of a {kind_of(owner)} cannot be called')
    budget.pay_for(owner)
    if name == "format":
        return formatting.braces(owner, args, named)
    if name == "replace":
        return replace_filter(owner, *args)
    if name == "join":
        return join_items(owner, *args)
    if name in ("center", "ljust", "rjust", "zfill"):
        check_width(args[0] if args else 0)
    found = getattr(owner, name)(*args, **named)
    return list(found) if name in _VIEWS else found
