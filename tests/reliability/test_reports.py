"""What runs left to be read: failed cells by cause, maybe billed ones, costs; and asking again."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from leadsync.core.columns.arming import arm
from leadsync.core.columns.column_file import ColumnSpec
from leadsync.core.columns.definitions import add_column
from leadsync.core.engine.cells import Scope
from leadsync.core.engine.costs import CostsBy, cost_report
from leadsync.core.engine.failures import list_errors, list_unknown
from leadsync.core.engine.results import result_of
from leadsync.core.errors import InputError
from leadsync.core.health import check_health
from leadsync.core.history import undo
from leadsync.core.models import Reason, RunState, now_iso
from leadsync.core.workspace import Workspace
from tests.plugin.installed import kind_echo
from tests.reliability.run_making import a_workspace, enrich, people, plan_of
from tests.servers.http_server import HttpServer, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.store.protocol import Store

ENGINES = ["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)]
PRICE = 100


def answer(request: Request) -> Reply:
    """Persons 0 to 2 are refused, 3 and 4 get no answer, the others do."""
    number = int(request.json["leads"][0].split()[1])
    if number < 3:
        return Reply(451, {"message": "asked not to be processed"})
    return Reply(body={"text": f"About {number}"}, cut=0 if number < 5 else None)


@pytest.fixture(params=ENGINES)
def workspace(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workspace]:
    """After a run over ten leads."""
    store = request.getfixturevalue("mongo_db_url") if request.param == "mongo" else ""
    with (
        HttpServer(answer).running() as server,
        kind_echo(),
        a_workspace(server.url, tmp_path, store) as opened,
    ):
        people(opened, 10)
        for key in ("about", "more"):
            config = {"url": f"{server.url}/{key}", "price": PRICE, "once": True}
            add_column(opened, ColumnSpec(key=key, label=key, kind="ask", config=config))
        enrich(opened, "about")
        yield opened


def test_failed_cells_are_grouped_by_cause(workspace: Workspace) -> None:
    (errors,) = list_errors(workspace)
    assert errors.column_key == "about"
    assert [(group.reason, group.count) for group in errors.groups] == [
        ("refused", 3),
        ("unknown", 2),
    ]
    assert list_errors(workspace, ["more"]) == []


def test_what_may_have_been_billed_is_listed_with_its_calls(workspace: Workspace) -> None:
    cells = list_unknown(workspace)
    assert [cell.lead_id for cell in cells] == [4, 5]
    assert {cell.at_most_usd_micros for cell in cells} == {PRICE}
    calls = [call_id for cell in cells for call_id in cell.call_ids]
    lost = workspace.store.calls(call_ids=calls)
    assert [(call.state, call.lead_ids) for call in lost] == [("lost", (4,)), ("lost", (5,))]


def test_what_may_have_been_billed_is_listed_also_when_its_run_was_taken_back(
    workspace: Workspace,
) -> None:
    before = list_unknown(workspace)
    undo(workspace, workspace.store.runs()[0].unit_id)
    after = list_unknown(workspace)
    assert [(c.lead_id, c.call_ids) for c in after] == [(c.lead_id, c.call_ids) for c in before]
    assert {cell.at_most_usd_micros for cell in after} == {PRICE}
    assert "its cell does not tell of it (any more)" in after[0].detail
    enrich(workspace, "about")
    asked = [(c.lead_id, len(c.call_ids)) for c in list_unknown(workspace, ["about"])]
    assert {lead_id for lead_id, _ in asked} == {4, 5}
    assert list_unknown(workspace, ["more"]) == []


class Asked:
    """A store that counts what it is asked for."""

    def __init__(self, store: Store) -> None:
        self.names: Counter[str] = Counter()
        self._store = store

    def __getattr__(self, name: str) -> Any:
        self.names[name] += 1
        return getattr(self._store, name)


def test_what_no_cell_tells_of_is_looked_up_together(workspace: Workspace) -> None:
    undo(workspace, workspace.store.runs()[0].unit_id)
    asked: Any = Asked(workspace.store)
    assert len(list_unknown(Workspace(asked, workspace.config), ["about"])) == 2
    assert (asked.names["tasks"], asked.names["scan"]) == (1, 2)


def test_failures_of_one_reason_are_asked_again(workspace: Workspace) -> None:
    plan = plan_of(workspace, "about", scope=Scope.FAILED, reason=Reason.UNKNOWN)
    assert list(plan.columns[0].leads) == [4, 5]
    assert plan_of(workspace, "about", scope=Scope.FAILED).cells == 5
    with pytest.raises(InputError):
        plan_of(workspace, "about", reason=Reason.UNKNOWN)
    with pytest.raises(InputError):
        plan_of(workspace, "about", scope=Scope.FAILED, reason=Reason.VALUE)


def test_costs_are_summed_up_by_anything_and_the_plan_stands_beside(workspace: Workspace) -> None:
    for by, name in {
        CostsBy.COLUMN: "about",
        CostsBy.PROVIDER: "asked",
        CostsBy.RUN: "1",
        CostsBy.DAY: now_iso()[:10],
        CostsBy.CAMPAIGN: "Inbox",
    }.items():
        (line,) = cost_report(workspace, by)
        assert (line.name, line.calls) == (name, 7)  # three were refused for nothing
        assert (line.cost_usd_micros, line.at_most_usd_micros) == (5 * PRICE, 2 * PRICE)
        planned = (line.min_usd_micros, line.max_usd_micros)
        has_plan = by in (CostsBy.RUN, CostsBy.PROVIDER)
        assert planned == ((10 * PRICE, 10 * PRICE) if has_plan else (None, None))
    assert cost_report(workspace, CostsBy.DAY, since="2999-01-01") == []


def test_errors_of_a_run_are_told_after_another_has_asked_again(workspace: Workspace) -> None:
    before = result_of(workspace, 1).errors
    enrich(workspace, "about", scope=Scope.FAILED)
    assert [(e.reason, e.detail, e.count) for e in result_of(workspace, 1).errors] == [
        (e.reason, e.detail, e.count) for e in before
    ]


def test_a_held_run_that_another_continues_waits_no_more_and_says_why_it_was_held(
    workspace: Workspace,
) -> None:
    held = enrich(workspace, "about", scope=Scope.ALL, max_cost_usd_micros=0)
    assert (held.state, held.left > 0) == (RunState.HELD, True)
    assert "--max-cost" in held.remedy
    enrich(workspace, "about")
    told = result_of(workspace, held.run_id)
    assert told.reason.startswith("continued by run 3; it was held: cap: ")
    assert (told.left, told.remedy) == (0, "")
    findings = check_health(workspace.config, asks_providers=False)
    assert "runs" not in {finding.check for finding in findings}


def test_a_daily_cap_is_named_in_what_to_do_about_it(workspace: Workspace) -> None:
    arm(workspace, "about", usd_micros_per_day=PRICE)
    held = enrich(workspace, "about", scope=Scope.FAILED, reason=Reason.UNKNOWN)
    assert held.remedy.startswith("raise the daily cap (--usd-per-day")
