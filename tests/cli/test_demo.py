"""The demo: the main job on sample data, without key and network."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.cli.conftest import Cli


def test_the_demo_imports_computes_counts_undoes_and_exports(cli: Cli, tmp_path: Path) -> None:
    shown = cli.ok("demo", "--folder", "demo", COLUMNS="100")
    assert "apollo_export.csv: 28 rows" in shown.out
    assert "27 created" in shown.out
    assert "1 rejected" in shown.out
    assert "Hi Søren, as Co-Founder of Quanta Foods" in shown.out
    assert "Germany" in shown.out
    assert "reserved_domain" in shown.out
    assert "import linkedin_connections.csv: 8 leads added" in shown.err
    exported = tmp_path / "demo" / "enriched.csv"
    assert f'The enriched file: "{Path("demo") / "enriched.csv"}"' in shown.err
    with exported.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 33
    assert all(row["Greeting"] for row in rows if row["First name"])


def test_the_demo_touches_no_workspace_of_the_user(cli: Cli, tmp_path: Path) -> None:
    cli.ok("demo", "--folder", "demo")
    assert not (tmp_path / "home" / "leadsync.db").exists()
