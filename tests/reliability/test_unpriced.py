"""Columns whose price nobody knows: no cap can be kept for them, and what helps is said."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from leadsync.core.columns.arming import arm, disarm
from leadsync.core.columns.definitions import ColumnChanges, add_column, edit_column
from leadsync.core.columns.recipes import load_recipe
from leadsync.core.engine.running import resume
from leadsync.core.engine.worker import work
from leadsync.core.errors import InputError
from leadsync.core.models import Reason, RunState
from tests.reliability.run_making import (
    a_workspace,
    an_ai_column,
    enrich,
    hasty,
    people,
)
from tests.servers.openai_server import OpenAIServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.workspace import Workspace

ENGINES = ["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)]
A_DOLLAR = 1_000_000
PRICE = 'models."my llama" = { input = 0.1, output = 0.4 }'
MODEL = "my llama"


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    server = OpenAIServer()
    with server.running():
        yield server


@pytest.fixture(params=ENGINES)
def workspace(
    request: pytest.FixtureRequest, server: OpenAIServer, tmp_path: Path
) -> Iterator[Workspace]:
    store = request.getfixturevalue("mongo_db_url") if request.param == "mongo" else ""
    with a_workspace(server.url, tmp_path, store) as opened:
        yield opened


def test_a_column_without_a_price_is_not_armed_and_says_how_the_price_is_named(
    workspace: Workspace, server: OpenAIServer, tmp_path: Path
) -> None:
    an_ai_column(workspace, model=MODEL)
    with pytest.raises(InputError) as refused:
        arm(workspace, "intro", usd_micros_per_day=A_DOLLAR)
    so = 'the price at openai is not known, so a daily cap of "intro" cannot be kept'
    assert refused.value.message.startswith(f"{so}; name the price: {PRICE}")
    assert "leadsync config set prices FILE" in refused.value.next_step
    assert not workspace.column("intro").armed
    prices = tmp_path / "own.toml"
    prices.write_text(PRICE)  # exactly as it was said
    store = workspace.config.store
    with a_workspace(server.url, tmp_path, store, LEADSYNC_PRICES=str(prices)) as later:
        assert arm(later, "intro", usd_micros_per_day=A_DOLLAR).armed


@pytest.mark.parametrize(
    ("recipe", "named"),
    [
        ("find-email", "units.hunter.search = 0.01 in a price file"),
        ("linkedin", "units.pdl.credit = 0.01 in a price file"),
        ("company", "in a price file"),
        ("email-waterfall", "units.hunter.search = 0.01 in a price file"),
        ("person-waterfall", "units.pdl.credit = 0.01 in a price file"),
        ("verify-hunter", "units.hunter.verification = 0.01 in a price file"),
        ("verify-instantly", "units.instantly.credit = 0.01 in a price file"),
        ("verify-zerobounce", "price_usd = 0.01 in the column"),
    ],
)
def test_the_price_of_each_provider_has_its_place(
    recipe: str, named: str, server: OpenAIServer, tmp_path: Path
) -> None:
    with a_workspace(server.url, tmp_path) as workspace:
        column = add_column(workspace, load_recipe(recipe, workspace.config))
        with pytest.raises(InputError, match="is not known, so a daily cap") as refused:
            arm(workspace, column.key, usd_micros_per_day=A_DOLLAR)
        assert named in refused.value.message


def test_a_run_under_a_daily_cap_that_cannot_be_kept_names_it_and_what_helps(
    workspace: Workspace,
) -> None:
    people(workspace, 2)
    column = an_ai_column(workspace)
    arm(workspace, "intro", usd_micros_per_day=A_DOLLAR)
    edit_column(workspace, "intro", ColumnChanges(config={"model": MODEL}))
    disarm(workspace, "intro")
    held = enrich(workspace, "intro")
    assert held.state is RunState.HELD
    assert (
        'so the daily cap of "intro", $1.00, cannot be kept; name the price: models' in held.reason
    )
    assert held.remedy == (
        "with the price (a price file: leadsync config set prices FILE), or without the daily cap"
        f" (leadsync columns edit intro --usd-per-day none): leadsync runs resume {held.run_id}"
    )
    edit_column(workspace, column.key, ColumnChanges(caps={}))
    rest = resume(workspace, held.run_id, pace=hasty())
    assert (rest.state, rest.counts) == (RunState.DONE, {Reason.VALUE: 2})


def test_a_providers_cap_that_cannot_be_kept_is_named(
    workspace: Workspace, server: OpenAIServer, tmp_path: Path
) -> None:
    people(workspace, 1)
    an_ai_column(workspace, model=MODEL)
    (tmp_path / "config.toml").write_text('provider_caps = ["openai 1"]\n')
    with a_workspace(server.url, tmp_path, workspace.config.store) as capped:
        held = enrich(capped, "intro")
    assert "so the daily cap of openai, $1.00, cannot be kept" in held.reason
    assert "or without the cap in provider_caps" in held.remedy
    assert "--max-cost" not in held.remedy


def test_an_armed_column_never_loses_its_daily_cap(workspace: Workspace) -> None:
    people(workspace, 1)
    column = an_ai_column(workspace)
    armed = arm(workspace, "intro", usd_micros_per_day=A_DOLLAR)
    for changes in (ColumnChanges(caps={}), ColumnChanges(kind="http")):
        with pytest.raises(InputError):
            edit_column(workspace, column.key, changes)
    assert workspace.column("intro") == armed
    with workspace.store.unit("ada", "as an older version has left it") as unit:
        unit.add_column(replace(armed, caps={}))
    worked = work(workspace, once=True, pace=hasty())
    assert worked.results == []
    assert worked.problems == [
        "intro rests: it has no daily cap; leadsync columns arm intro --usd-per-day 5"
    ]
    changed = edit_column(
        workspace, "intro", ColumnChanges(kind="template", config={"template": "Hi"})
    )
    assert not changed.column.armed
