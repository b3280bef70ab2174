"""Small builders of what tests of runs need: a workspace, leads, AI columns, an impatient pace."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from leadsync.core.columns.column_file import ColumnSpec
from leadsync.core.columns.definitions import add_column
from leadsync.core.columns.recipes import load_recipe
from leadsync.core.config import load_config
from leadsync.core.engine.cells import Scope
from leadsync.core.engine.costs import CostsBy, cost_report
from leadsync.core.engine.pace import Backoff, Pace
from leadsync.core.engine.planning import make_plan
from leadsync.core.engine.running import drive
from leadsync.core.engine.starting import start_run
from leadsync.core.workspace import Workspace
from tests.contract.making import a_campaign, a_column, some_leads
from tests.entering import token_for

if TYPE_CHECKING:
    from pathlib import Path

    from leadsync.core.engine.events import RunResult
    from leadsync.core.engine.plan import Plan
    from leadsync.core.models import Column, Run

KEY = "sk-planted-Zx81kQ0vJ7Lm2Np5"
WRITTEN = ("icebreaker", "pitch", "cta", "ps")


def environment(url: str, folder: Path, store: str = "", **more: str) -> dict[str, str]:
    return {
        "LEADSYNC_HOME": str(folder),
        "LEADSYNC_STORE": store or f"sqlite:///{folder}/leadsync.db",
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": url,
        "USER": "ada",
        "LEADSYNC_RETRY_BASE_S": "0.01",
        **token_for(store),
        **more,
    }


def a_workspace(url: str, folder: Path, store: str = "", **more: str) -> Workspace:
    """An open workspace whose AI server is at `url`."""
    return Workspace.open(load_config(environment=environment(url, folder, store, **more)))


def people(workspace: Workspace, number: int) -> list[int]:
    """Leads with e-mail, name, title and company."""
    inbox = a_campaign(workspace.store)
    known = {column.key for column in workspace.store.columns()}
    for key in ("title", "company"):
        if key not in known:
            a_column(workspace.store, key)
    rows: list[dict[str, Any]] = [
        {
            "email": f"p{n}@company{n}.example",
            "name": f"Person {n}",
            "title": f"Head of Sales {n}",
            "company": f"Company {n}",
        }
        for n in range(number)
    ]
    return some_leads(workspace.store, inbox, rows)


def an_ai_column(workspace: Workspace, key: str = "intro", **config: Any) -> Column:
    """A column with a short prompt over name and title."""
    given = {"prompt": "Greet {{ name }}, {{ title }}", **config}
    return add_column(workspace, ColumnSpec(key=key, label=key.title(), kind="ai", config=given))


def an_outreach_column(workspace: Workspace) -> Column:
    """The recipe that writes four texts in one call."""
    return add_column(workspace, load_recipe("outreach", workspace.config))


def hasty(**changes: Any) -> Pace:
    """Retries, beats and settles in milliseconds; always the same chances."""
    usual: dict[str, Any] = {
        "backoff": Backoff(base_s=0.01, cap_s=0.1),
        "beat_s": 0.05,
        "settle_s": 0.02,
        "chance": random.Random(7),
    }
    return Pace(**(usual | changes))


def plan_of(workspace: Workspace, *keys: str, **options: Any) -> Plan:
    options.setdefault("scope", Scope.DEFAULT)
    return make_plan(workspace, keys, filter_doc={}, **options)


def started(workspace: Workspace, *keys: str, **options: Any) -> Run:
    return start_run(workspace, plan_of(workspace, *keys, **options))


def enrich(workspace: Workspace, *keys: str, pace: Pace | None = None, **options: Any) -> RunResult:
    """Plan, start and drive to the end."""
    run = started(workspace, *keys, **options)
    return drive(workspace, run.id, pace=pace or hasty())


def counted_calls(workspace: Workspace) -> dict[str, int]:
    """How many calls `costs` counts, by provider."""
    return {line.name: line.calls for line in cost_report(workspace, CostsBy.PROVIDER)}


def filled(workspace: Workspace, *keys: str) -> int:
    """Cells of these columns that hold something."""
    return sum(value is not None for row in workspace.store.scan({}, keys) for value in row)
