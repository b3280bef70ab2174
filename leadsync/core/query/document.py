"""Filter documents: the one form of a filter inside, a subset of MongoDB's query language.

    {}                                  every lead
    {"$and": [doc, …]}  {"$or": [doc, …]}  {"$not": doc}
    {"title": {"$words": "head of"}}    several operators on a field must all hold
    {"country": "DE"}                   short for {"country": {"$eq": "DE"}}
    {"$text": "acme"}                   contained in email, name, linkedin_url, source or a column
    {"pitch.status": {"$eq": "error"}}  state of a cell; also .reason .stale .locked, any.status

Fields are keys (`email name linkedin_url source tags campaign created_at updated_at id`, keys of
columns, also as `customFields.key`) or their aliases. Blank = missing = empty text, everywhere.

    $eq $ne $in $nin    a text equals the whole cell, folded (no case, no accents); a number
                        equals cells that are that number, `007` is 7; null or "" is a blank cell
    $gt $gte $lt $lte   a number compares with cells that are numbers, an ISO date with cells that
                        begin as one; any other text with the folded text of the cell, by code
                        points; blank cells never match
    $exists             true: filled, false: blank
    $words              the phrase occurs as whole words, folded
    $prefix             the same, but its last word may go on (`acme` finds `Acmeville`)
    $contains           occurs anywhere, folded
    $regex ($options)   found in the folded cell; always without case

`$ne`, `$nin` and `$not` hold wherever `$eq`, `$in` and the inner document do not, so they hold of
blank cells. Of tags a condition holds if it holds of one tag; no tags is blank. Tags and
campaign names are text, ids are numbers. `$words`, `$prefix` and `$contains` of "" mean blank.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from leadsync.core.errors import InputError, nearest
from leadsync.core.models import FIELD_ALIASES, ColumnType, Reason, Status
from leadsync.core.query.catalog import ANY, CUSTOM_FIELDS, STATE_FACETS
from leadsync.core.query.conditions import (
    All,
    Blank,
    ComparesDate,
    ComparesNumber,
    ComparesText,
    Contains,
    EqualsNumber,
    EqualsText,
    HasPattern,
    HasWords,
    Not,
    Some,
    StateTest,
    Test,
    TextTest,
)
from leadsync.core.query.operands import as_date, check_operand
from leadsync.core.query.patterns import portable
from leadsync.core.text import as_number, fold, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadsync.core.models import Doc
    from leadsync.core.query.catalog import Catalog
    from leadsync.core.query.conditions import Condition, Facet, Order, Predicate

MAX_DEPTH = 40
MAX_CONDITIONS = 1000
MAX_LISTED = 10_000  # values of one $in that a person may give
MAX_NEEDLE_CHARACTERS = 1000

OPERATORS = (
    "$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$exists", "$regex", "$options",
    "$words", "$contains", "$prefix", "$not",
)  # fmt: skip
_ORDERS: dict[str, Order] = {"$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}
_STATES = {"status": [str(s) for s in Status], "reason": [str(r) for r in Reason]}
_TEXT_ONLY = frozenset({"tags", "campaign"})
_TIMES = frozenset({"created_at", "updated_at"})  # never anything but a date


def validate_document(doc: Any, catalog: Catalog) -> Doc:
    """A document that somebody typed, checked, with every name in its canonical spelling.

    Raises:
        InputError: unknown fields or operators, wrong values, too deep or too large.
    """
    _check_size(doc)
    check_document(doc, catalog)
    return _canonical(doc, catalog)


def read_document(doc: Doc, catalog: Catalog | None = None) -> Condition:
    """The conditions that a document stands for.

    Args:
        doc: a filter document.
        catalog: the fields that it may name; None takes any name as that of a column.

    Raises:
        InputError: unknown fields or operators, or values that do not fit them.
    """
    return _Reader(catalog).document(doc)


def check_document(doc: Doc, catalog: Catalog) -> None:
    """Make sure that a document of a person can be read, and compares fields with what they hold.

    Raises:
        InputError: unknown fields or operators, or values that do not fit them.
    """
    _Reader(catalog, checks_operands=True).document(doc)


class _Reader:
    def __init__(self, catalog: Catalog | None, *, checks_operands: bool = False) -> None:
        self._catalog = catalog
        self._checks_operands = checks_operands

    def document(self, doc: Any) -> Condition:
        if not isinstance(doc, dict):
            raise _wrong("a filter document is a JSON object", doc)
        parts = [self._entry(str(n), v) for n, v in cast("dict[str, Any]", doc).items()]
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _entry(self, name: str, value: Any) -> Condition:
        match name:
            case "$and":
                return All(tuple(self.document(part) for part in _listed(name, value)))
            case "$or":
                return Some(tuple(self.document(part) for part in _listed(name, value)))
            case "$not":
                return Not(self.document(value))
            case "$text":
                needle = _needle(name, value)
                return TextTest(fold(needle)) if needle else All(())
            case _ if name.startswith("$"):
                raise _unknown_operator(name, ("$and", "$or", "$not", "$text"))
            case _:
                return self._field(name, value)

    def _field(self, name: str, value: Any) -> Condition:
        canonical = canonical_name(name, self._catalog)
        key, _, facet = canonical.rpartition(".")
        if key:
            return self._operators(value, lambda op, v: _state(key, cast("Facet", facet), op, v))
        return self._operators(value, lambda op, v: self._test(canonical, op, v))

    def _test(self, key: str, operator: str, value: Any) -> Condition:
        field = self._catalog.resolve(key) if self._catalog else None
        if self._checks_operands and field:
            check_operand(field, operator, value)
        if operator in _ORDERS:
            return Test(key, _compares(key, operator, value, field.type if field else None))
        return _test(key, operator, value)

    def _operators(self, value: Any, read: Callable[[str, Any], Condition]) -> Condition:
        if not isinstance(value, dict):
            return read("$eq", value)
        operators = cast("dict[str, Any]", value)
        if not operators:
            raise _wrong("a field needs an operator", operators)
        _check_options(operators)
        parts = [
            Not(self._operators(given, read)) if operator == "$not" else read(operator, given)
            for operator, given in operators.items()
            if operator != "$options"
        ]
        return parts[0] if len(parts) == 1 else All(tuple(parts))


def canonical_name(name: str, catalog: Catalog | None) -> str:
    """The one spelling of a field's name; of a cell's state with the column that fills it.

    Raises:
        InputError: there is no such field, or no run fills it.
    """
    column, _, facet = name.rpartition(".")
    if column and facet in STATE_FACETS and not name.startswith(CUSTOM_FIELDS):
        return f"{state_column(column, facet, catalog)}.{facet}"
    if catalog is None:
        return FIELD_ALIASES.get(name, name)
    return catalog.resolve(name).key


def state_column(name: str, facet: str, catalog: Catalog | None) -> str:
    """The key of the column whose cell states a name asks for: the one that fills it.

    Raises:
        InputError: there is no such field, or no run fills it.
    """
    if name == ANY or catalog is None:
        return name
    reference = catalog.resolve(name)
    if facet == "locked" and reference.column:
        return reference.key
    driver = catalog.driver(reference.key)
    if driver is None:
        raise InputError(
            f'no run fills "{reference.key}", so its cells have no {facet}',
            next_step="leadsync columns list",
        )
    return driver.key


# one field ----------------------------------------------------------------------------------
def _test(key: str, operator: str, value: Any) -> Condition:
    match operator:
        case "$eq":
            return _equals(key, [value])
        case "$ne":
            return Not(_equals(key, [value]))
        case "$in":
            return _equals(key, _listed(operator, value))
        case "$nin":
            return Not(_equals(key, _listed(operator, value)))
        case "$exists":
            return Not(Test(key, Blank())) if _flag(operator, value) else Test(key, Blank())
        case "$words" | "$prefix" | "$contains" | "$regex" if key == "id":
            raise _wrong(f"ids are numbers: {operator} cannot look into them", value)
        case "$words" | "$prefix" | "$contains" | "$regex":
            return Test(key, _finds(operator, value))
        case _:
            raise _unknown_operator(operator, OPERATORS)


def _equals(key: str, values: Sequence[Any]) -> Condition:
    texts: set[str] = set()
    numbers: set[float] = set()
    with_blank = False
    for given in values:
        value = _operand(key, "$eq", given)
        if value is None or value == "":
            with_blank = True
        elif isinstance(value, str):
            texts.add(fold(value))
        else:
            numbers.add(value)
    parts: list[Condition] = []
    if with_blank:
        parts.append(Test(key, Blank()))
    if texts:
        parts.append(Test(key, EqualsText(frozenset(texts))))
    if numbers:
        parts.append(Test(key, EqualsNumber(frozenset(numbers))))
    return parts[0] if len(parts) == 1 else Some(tuple(parts))


def _compares(key: str, operator: str, given: Any, kind: ColumnType | None) -> Predicate:
    value = _operand(key, operator, given)
    if value is None:
        raise _wrong(f"{operator} needs a number or a text", given)
    order = _ORDERS[operator]
    day = as_date(value, kind)
    if day and key not in _TIMES:
        return ComparesDate(order, fold(day))
    holds_numbers = kind == ColumnType.NUMBER or not isinstance(value, str)
    number = as_number(value) if holds_numbers else None
    return ComparesText(order, fold(value)) if number is None else ComparesNumber(order, number)


def _finds(operator: str, given: Any) -> Predicate:
    needle = _needle(operator, given)
    if not needle:
        return Blank()
    if operator == "$regex":
        return HasPattern(portable(needle))
    if operator == "$contains":
        return Contains(fold(needle))
    return HasWords(fold(needle), open_end=operator == "$prefix")


def _operand(key: str, operator: str, value: Any) -> str | float | None:
    """A value to compare with, as the field takes it: a number, or text, or None for blank."""
    if isinstance(value, bool):
        value = text_of(value)
    if value is not None and not isinstance(value, (str, int, float)):
        raise _wrong(f"{operator} takes a text, a number or null", value)
    if isinstance(value, str):
        _check_text(value)
    if key == "id" and value not in (None, ""):
        number = as_number(value)
        if number is None:
            raise _wrong("ids are numbers", value)
        return number
    if isinstance(value, (int, float)):
        number = as_number(value)
        return text_of(value) if number is None or key in _TEXT_ONLY else number
    return value


# states -------------------------------------------------------------------------------------
def _state(column: str, facet: Facet, operator: str, value: Any) -> Condition:
    if operator in ("$ne", "$nin"):
        positive = "$eq" if operator == "$ne" else "$in"
        return Not(_state(column, facet, positive, value))
    if operator == "$in":
        return Some(tuple(_state(column, facet, "$eq", v) for v in _listed(operator, value)))
    if operator not in ("$eq", "$exists"):
        raise _unknown_operator(operator, ("$eq", "$ne", "$in", "$nin", "$exists"))
    if facet in ("stale", "locked"):
        flag = StateTest(column, facet)
        return flag if _flag(operator, value) else Not(flag)
    if operator == "$exists" or value is None or value == "":
        some = StateTest(column, facet)
        return some if operator == "$exists" and _flag(operator, value) else Not(some)
    word = str(value).lower()
    if word not in _STATES[facet]:
        near = nearest(word, _STATES[facet])
        raise InputError(
            f'no {facet} "{value}"' + (f'; did you mean "{near}"?' if near else ""),
            next_step=f"one of: {', '.join(_STATES[facet])}",
        )
    return StateTest(column, facet, frozenset({word}))


# checks -------------------------------------------------------------------------------------
def _check_size(doc: Any) -> None:
    """Refuse documents that no person writes, before anything walks them recursively."""
    seen = 0
    level: list[Any] = [doc]
    for _ in range(2 * MAX_DEPTH):
        below: list[Any] = []
        for node in level:
            if isinstance(node, dict):
                seen += len(cast("dict[str, Any]", node))
                below.extend(cast("dict[str, Any]", node).values())
            elif isinstance(node, list):
                listed = cast("list[Any]", node)
                below.extend(cast("Any", n) for n in listed if isinstance(n, (dict, list)))
                if len(listed) > MAX_LISTED:
                    raise InputError(f"the filter has a list of more than {MAX_LISTED} values")
        if seen > MAX_CONDITIONS:
            raise InputError(f"the filter has more than {MAX_CONDITIONS} conditions")
        if not below:
            return
        level = below
    raise InputError(f"the filter is nested more than {MAX_DEPTH} levels deep")


def _canonical(value: Any, catalog: Catalog) -> Any:
    if isinstance(value, list):
        return [_canonical(item, catalog) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    found: Doc = {}
    repeated: list[Doc] = []
    for name, inner in cast("dict[str, Any]", value).items():
        key = name if name.startswith("$") else canonical_name(name, catalog)
        if key in found:  # two spellings of one field: both must hold
            repeated.append({key: _canonical(inner, catalog)})
        else:
            found[key] = _canonical(inner, catalog)
    return {"$and": [found, *repeated]} if repeated else found


def _check_options(operators: Doc) -> None:
    if "$options" in operators and "$regex" not in operators:
        raise _wrong("$options goes with $regex", operators["$options"])
    if operators.get("$options", "i") not in ("", "i"):
        raise _wrong(
            '$options may be "i" only, and patterns never mind case', operators["$options"]
        )


def _listed(operator: str, value: Any) -> list[Any]:
    if not isinstance(value, (list, tuple, set, frozenset)):
        raise _wrong(f"{operator} takes a list", value)
    return list(cast("list[Any]", value))


def _flag(operator: str, value: Any) -> bool:
    if value in (True, False):
        return bool(value)
    if value in ("true", "yes", "false", "no"):
        return value in ("true", "yes")
    raise _wrong(f"{operator} takes true or false here", value)


def _needle(operator: str, value: Any) -> str:
    if isinstance(value, (int, float)):
        value = text_of(value)
    if not isinstance(value, str):
        raise _wrong(f"{operator} takes a text", value)
    if len(value) > MAX_NEEDLE_CHARACTERS:
        raise InputError(f"{operator} takes at most {MAX_NEEDLE_CHARACTERS} characters")
    _check_text(value)
    return value


def _check_text(value: str) -> None:
    if "\0" in value or (not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value)):
        raise InputError("the filter has a character that no cell can hold (NUL or half a letter)")


def _wrong(sentence: str, value: Any) -> InputError:
    shown = repr(value)
    return InputError(f"{sentence}, not {shown if len(shown) <= 80 else shown[:79] + '…'}")


def _unknown_operator(name: str, known: Sequence[str]) -> InputError:
    near = nearest(name, known)
    hint = f'; did you mean "{near}"?' if near else ""
    return InputError(f'no filter operator "{name}"{hint}', next_step=f"one of: {', '.join(known)}")
