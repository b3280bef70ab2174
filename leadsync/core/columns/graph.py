"""The graph of columns: which column needs which, in what order they can be filled."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leadsync.core.models import Column

Needs = dict[str, tuple[str, ...]]
"""Key of a column -> keys of the columns that must be filled before it."""


def needs_of(columns: Iterable[Column]) -> Needs:
    """What every column needs: its inputs, and for a cell that another column fills, that one."""
    every = list(columns)
    keys = {column.key for column in every}
    needs: dict[str, list[str]] = {column.key: [] for column in every}
    for column in every:
        needs[column.key] += [key for key in column.inputs if key in keys]
        for target in column.outputs.values():
            if target in keys and target != column.key:
                needs[target].append(column.key)
    return {key: tuple(dict.fromkeys(found)) for key, found in needs.items()}


def find_cycle(columns: Iterable[Column]) -> tuple[str, ...] | None:
    """A way from a column back to itself, such as `("pitch", "intro", "pitch")`, or None."""
    needs = needs_of(columns)
    left = _left_over(needs)
    if not left:
        return None
    # Whatever is left over needs something that is left over, so walking on must come back.
    path = [left[0]]
    while path[-1] not in path[:-1]:
        path.append(next(key for key in needs[path[-1]] if key in left))
    return tuple(path[path.index(path[-1]) :])


def in_order(columns: Iterable[Column]) -> list[Column]:
    """The columns so that each stands behind those that it needs.

    Columns of a cycle, which only undoing single edits can bring about, are left out with all
    that need them.
    """
    every = {column.key: column for column in columns}
    return [every[key] for key in _sorted(needs_of(every.values()))]


def dependants(columns: Iterable[Column], key: str) -> list[Column]:
    """The columns that read this one, directly or by way of others, nearest first."""
    every = list(columns)
    needs = needs_of(every)
    found: dict[str, None] = {}
    waiting = [key]
    while waiting:
        wanted = waiting.pop(0)
        for column in every:
            if wanted in needs[column.key] and column.key not in found:
                found[column.key] = None
                waiting.append(column.key)
    by_key = {column.key: column for column in every}
    return [by_key[k] for k in found]


def _sorted(needs: Mapping[str, tuple[str, ...]]) -> list[str]:
    done: dict[str, None] = {}
    waiting = list(needs)
    while ready := [key for key in waiting if all(n in done for n in needs[key])]:
        done |= dict.fromkeys(ready)
        waiting = [key for key in waiting if key not in done]
    return list(done)


def _left_over(needs: Mapping[str, tuple[str, ...]]) -> list[str]:
    done = set(_sorted(needs))
    return [key for key in needs if key not in done]
