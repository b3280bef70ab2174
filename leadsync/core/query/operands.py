"""Operands: whether the value of a condition can be compared with what its field holds.

Cells of a number or date column may be text that does not fit its type, and are found by equality
and words; an order among them has a meaning for numbers and dates alone.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from leadsync.core.errors import InputError
from leadsync.core.models import ColumnType
from leadsync.core.text import as_number, text_of

if TYPE_CHECKING:
    from leadsync.core.query.catalog import FieldRef

AFTER_ALL_TIMES = "~"
"""Stands behind every character of a time: `2026-01-31~` is the end of that day."""

_ORDERS = frozenset({"$gt", "$gte", "$lt", "$lte"})
_WHOLE = frozenset({"$eq", "$ne", "$prefix", "$words"})
_SEPARATORS = re.compile(r"(?<=[0-9])[,'_ \u00a0\u202f](?=[0-9]{3})")
_DAY = re.compile(
    r"[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4}", re.ASCII
)
_MOMENT = re.compile(
    r"(?P<year>[0-9]{4})(-(?P<month>[0-9]{2})(-(?P<day>[0-9]{2})"
    r"([Tt ]([01][0-9]|2[0-3])(:[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?)?([Zz]|[+-][0-9]{2}:[0-9]{2})?)?)?)?",
    re.ASCII,
)


def check_operand(field: FieldRef, operator: str, value: Any) -> None:
    """Refuse a value that says nothing about cells of this type.

    Raises:
        InputError: an order is asked against what is no number or date.
    """
    if not isinstance(value, (str, int, float)) or value == "":
        return
    text = text_of(value).removesuffix(AFTER_ALL_TIMES)
    if field.type == ColumnType.NUMBER and field.key != "id":
        if operator in _ORDERS and as_number(value) is None:
            raise InputError(
                f'"{field.key}" holds numbers, and "{text[:80]}" is none',
                next_step=f"write plain digits, as in {plain_digits(text) or '4000'}",
            )
    elif field.type == ColumnType.DATE:
        # Moments of LeadSync itself are always dates, so that even equality needs one.
        checked = _ORDERS | _WHOLE if field.column is None else _ORDERS
        if operator in checked and not _is_moment(text):
            raise InputError(
                f'"{field.key}" holds dates, and "{text[:80]}" is none',
                next_step="as in 2026, 2026-01 or 2026-01-31",
            )


def as_date(value: str | float, kind: ColumnType | None) -> str:
    """The date that a value to order cells by is, or "".

    A year alone is a date only where the field holds dates; elsewhere it is a number.
    """
    text = text_of(value).strip()
    is_date = _is_moment(text.removesuffix(AFTER_ALL_TIMES))
    return text if is_date and (kind == ColumnType.DATE or "-" in text) else ""


def is_other_day(text: str) -> bool:
    """Whether a text looks like a day, and is none that cells can be ordered by."""
    return bool(_DAY.fullmatch(text)) and not _is_moment(text)


def plain_digits(text: str) -> str:
    """A number without the separators of thousands that a person wrote; "" where it has none."""
    bare = _SEPARATORS.sub("", text)
    return bare if bare != text and as_number(bare) is not None else ""


def _is_moment(text: str) -> bool:
    """Whether a text is the beginning of an ISO 8601 time, from the year on."""
    found = _MOMENT.fullmatch(text.strip())
    if not found:
        return False
    try:
        date(int(found["year"]), int(found["month"] or 1), int(found["day"] or 1))
    except ValueError:
        return False
    return True
