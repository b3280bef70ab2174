"""The column that pushes to one campaign out there: found, or as the first push makes it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadsync.core.columns.checking import ColumnSpec
from leadsync.core.columns.definitions import spec_of
from leadsync.core.push_policy import check_verdicts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leadsync.core.models import Column, Doc
    from leadsync.core.sync.outreach import Outreach, OutreachCampaign
    from leadsync.core.sync.pushing import PushWish


def push_column(columns: Iterable[Column], tool: Outreach, campaign_id: str) -> Column | None:
    """The column that pushes to that campaign, if there is one."""
    for column in columns:
        if column.kind == tool.kind and column.config.get("campaign") == campaign_id:
            return column
    return None


def spec_of_push(
    wish: PushWish,
    tool: Outreach,
    target: OutreachCampaign,
    old: Column | None,
    columns: Sequence[Column],
) -> ColumnSpec:
    """The definition of the column, with what is remembered and what is said now."""
    kept: Doc = dict(old.config) if old else _verdict_fields(columns)
    config: Doc = {
        **kept,
        "campaign": target.id,
        "map": {**kept.get("map", {}), **wish.mapping},
        "variables": list(target.variables),
        "allow": list(check_verdicts(wish.allow)),
        "allow_missing": wish.allow_missing,
        "join": wish.join or kept.get("join", ""),
    }
    config = {name: value for name, value in config.items() if value not in ("", [], {}, False)}
    if old is not None:
        return replace(spec_of(old), config=config)
    key = _free_key(tool.name, columns)
    label = f"{tool.name.capitalize()} {target.name}"[:100]
    taken = {column.label for column in columns}
    return ColumnSpec(key=key, label="" if label in taken else label, kind=tool.kind, config=config)


def _verdict_fields(columns: Sequence[Column]) -> Doc:
    """Where verdicts stand: what a column fills that gives a status and a reason of it."""
    if any(column.key == "verify" for column in columns):
        return {}
    for column in columns:
        filled = column.outputs
        if {"status", "reason"} <= filled.keys():
            return {"verdict_field": filled["status"], "reason_field": filled["reason"]}
    return {}


def _free_key(name: str, columns: Sequence[Column]) -> str:
    taken = {column.key for column in columns}
    number = 1
    while (key := name if number == 1 else f"{name}_{number}") in taken:
        number += 1
    return key
