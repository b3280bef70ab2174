"""What the HTTP column of a Clay table posts back: our lead's id, and what was found.

Clay lets its users choose each name in the body, so that the hook's mapping says what is what. See
university.clay.com on HTTP API columns, read in November 2026.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.errors import InputError
from leadsync.core.inbound.hook_kinds import Report

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadsync.core.models import Column, Value

LEAD_ID = "leadsync_id"
MOST_LEADS = 1_000


class ClayHook:
    """Results of a table. See `hook_kinds.HookKind`."""

    name = "clay"
    help = "Results of a Clay table, whose HTTP column posts them with the lead's leadsync_id."
    columns: Sequence[Column] = ()

    def check_fields(self, fields: Mapping[str, str]) -> None:
        """Some must be mapped: nobody knows what a table calls its results."""
        if not fields:
            raise InputError(
                "a hook of kind clay needs to know which result fills which column",
                next_step="as in --map headcount=employees",
            )

    def read(self, message: object, fields: Mapping[str, str]) -> Sequence[Report]:
        """The results of one lead, or of a list of them."""
        items: list[Any] = cast("list[Any]", message) if isinstance(message, list) else [message]
        if not items or not all(isinstance(item, dict) for item in items):
            raise InputError("this is no result of a lead")
        if len(items) > MOST_LEADS:
            raise InputError(f"at most {MOST_LEADS:,} leads at once")
        return [_report(item, fields) for item in items]

    def cells(self, report: Report, now: Mapping[str, Value]) -> Mapping[str, Value]:
        """What was found, as it is; what was not found clears nothing."""
        del now
        return report.cells


def _report(item: Mapping[str, Any], fields: Mapping[str, str]) -> Report:
    lead_id, email = _id_of(item.get(LEAD_ID)), item.get("email")
    if not lead_id and not isinstance(email, str):
        wrong = "is the id of no lead" if item.get(LEAD_ID) else "is missing"
        raise InputError(f"the result does not say whose it is: {LEAD_ID} {wrong}")
    found = {key: _cell(_value(item, name)) for name, key in fields.items()}
    cells = {key: value for key, value in found.items() if value is not None}
    address = email if isinstance(email, str) else ""
    return Report("results", lead_id=lead_id, email="" if lead_id else address, cells=cells)


def _id_of(value: object) -> int:
    if isinstance(value, bool):
        return 0
    if isinstance(value, int):
        return value if 0 < value < 2**53 else 0
    is_number = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16
    return int(cast("str", value)) if is_number else 0


def _value(item: Mapping[str, Any], name: str) -> object:
    """What stands under a name, or at a path (JMESPath) such as `company.size`."""
    if name in item or not ({".", "["} & set(name)):
        return item.get(name)
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        return jmespath.search(name, item)
    except JMESPathError:
        return None


def _cell(value: object) -> Value:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return value
    return json.dumps(value, ensure_ascii=False)
