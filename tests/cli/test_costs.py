"""`leadsync costs`: credits beside money."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.models import CallState
from tests.contract.making import a_call

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Cli


def test_credits_stand_beside_money(cli: Cli, leads_csv: Path, tmp_path: Path) -> None:
    from leadsync.core.store.sqlite.store import SqliteStore

    cli.ok("import", leads_csv)
    store = SqliteStore(tmp_path / "home" / "leadsync.db")
    answered = [
        a_call(state=CallState.ANSWERED, status=200, units={"credits": number}, lead_ids=(1,))
        for number in (36.5, 0.5)
    ]
    store.add_calls(answered)
    store.close()
    assert "37 credits" in cli.ok("costs", "--by", "provider").out
    (line,) = cli.ok("costs", "--by", "provider", "--json").json
    assert "planned" not in cli.ok("costs", "--by", "column").out
    assert (line["units"], line["unpriced"]) == ({"credits": 37.0}, 2)
