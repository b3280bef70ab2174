"""What simulated providers say: small shares of trouble, and the same to the same question."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

import httpx2

from leadsync.core.columns.definitions import ColumnSpec, add_column
from leadsync.core.models import ColumnType
from leadsync.core.practice.marks import DOMAIN, MARK, marked, marked_json
from leadsync.core.practice.shelf import Shelf
from leadsync.core.practice.transport import PracticeTransport
from tests.practice.test_practice import a_real_workspace, run_column
from tests.practising import practising

if TYPE_CHECKING:
    from pathlib import Path

REQUESTS = 400


def test_a_few_are_told_to_wait_and_some_are_not_found(tmp_path: Path) -> None:
    async def ask() -> tuple[list[int], list[int]]:
        transport = PracticeTransport("api.example.com", Shelf(tmp_path))
        async with httpx2.AsyncClient(transport=transport) as http:
            return await _statuses(http), await _statuses(http)

    first, second = asyncio.run(ask())

    counts = Counter(first)
    assert 0 < counts[429] < REQUESTS * 0.1
    assert 0 < counts[422] < REQUESTS * 0.1
    assert counts[200] > REQUESTS * 0.85
    assert second.count(429) == 0
    assert all(a in (b, 429) for a, b in zip(first, second, strict=True))


async def _statuses(http: httpx2.AsyncClient) -> list[int]:
    async with asyncio.TaskGroup() as group:
        asked = [
            group.create_task(http.post("https://api.example.com/x", json={"n": n}))
            for n in range(REQUESTS)
        ]
    return [one.result().status_code for one in asked]


def test_an_ai_column_costs_what_the_price_table_says(tmp_path: Path) -> None:
    a_real_workspace(tmp_path)
    with practising(tmp_path) as workspace:
        config = {"prompt": "A line for {{ name }}"}
        add_column(workspace, ColumnSpec("line", "Line", "ai", ColumnType.TEXT, config))
        run_column(workspace, "line")
        costs = [cost for cost in workspace.store.costs() if cost.units]

    assert costs
    assert all((cost.cost_usd_micros or 0) > 0 for cost in costs)


def test_a_batch_is_refused_with_what_to_do(tmp_path: Path) -> None:
    a_real_workspace(tmp_path)
    with practising(tmp_path) as workspace:
        config: dict[str, Any] = {"prompt": "A line for {{ name }}", "batch": True}
        column = add_column(workspace, ColumnSpec("line", "L", "ai", ColumnType.TEXT, config))
        counts = run_column(workspace, "line")
        tasks = workspace.store.tasks([1], [column.id])

    assert "value" not in counts
    assert ["set batch = false" in task.detail for task in tasks] == [True]


def test_whatever_is_handed_in_is_marked_once() -> None:
    assert marked("Acme") == f"{MARK}Acme"
    assert marked(marked("Acme")) == f"{MARK}Acme"
    assert marked("Practice manager") == f"{MARK}Practice manager"
    assert marked("ada@acme.com") == f"ada@{DOMAIN}"
    assert marked("acme.com") == DOMAIN
    assert marked("https://acme.com/team") == "https://acme.com/team#practice"
    assert [marked(text) for text in ("", "2026-01-31", "42", "true")] == [
        "", "2026-01-31", "42", "true",
    ]  # fmt: skip
    assert marked_json({"a": ["x", 1, None], "b": {"c": True}}) == {
        "a": [f"{MARK}x", 1, None],
        "b": {"c": True},
    }
