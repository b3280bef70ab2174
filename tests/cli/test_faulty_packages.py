"""Packages of third parties that are broken, take a name of ours, or are gone: said, and left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import Cli

if TYPE_CHECKING:
    from pathlib import Path

POINTS = """[leadsync.enrichers]
bad = badkind:Bad
half = stranger:Half
ai = stranger:Other
template = stranger:Other
odd = stranger:Other

[leadsync.providers]
gone = notthere:Gone
"""
STRANGER = """
from pydantic import BaseModel
from leadsync.core.engine.enricher import Description


class Config(BaseModel):
    pass


class Half:
    Config = Config


class Other:
    kind = "odd"
    Config = Config

    def describe(self, config, fields):
        return Description(inputs=("name",))

    def request(self, job, settings):
        return None

    async def run(self, jobs, ctx):
        pass
"""


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    site = tmp_path / "site"
    info = site / "leadsync_stranger-2.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: leadsync-stranger\nVersion: 2.0\n")
    (info / "entry_points.txt").write_text(POINTS)
    (site / "stranger.py").write_text(STRANGER)
    (site / "badkind.py").write_text("raise ValueError('no such luck')\n")
    return Cli(tmp_path, PYTHONPATH=str(site))


def test_what_is_broken_is_named_and_left_out_and_nothing_of_ours_is_replaced(cli: Cli) -> None:
    listed = cli.ok("enrichers", "list", "--json")
    kinds = {kind["kind"]: kind["package"] for kind in listed.json}
    assert kinds["ai"].startswith("leadsync ")
    assert kinds["odd"] == "leadsync-stranger 2.0"
    assert kinds.keys().isdisjoint({"bad", "half", "template"})
    assert (
        'the kind of column "bad" of leadsync-stranger 2.0 cannot be used: ValueError: no such luck;'
        " mend it (badkind:Bad), or pip uninstall leadsync-stranger"
    ) in listed.err
    assert (
        'the kind of column "half" of leadsync-stranger 2.0 cannot be used: it has no describe'
        in (listed.err)
    )
    for name in ("ai", "template"):
        assert f'"{name}" of leadsync-stranger 2.0 is not used: leadsync' in listed.err
    cli.ok("columns", "add", "opener", "--prompt", "Hi {{ name }}")
    refused = cli("columns", "add", "z", "--kind", "bad")
    assert (refused.code, "cannot be used: ValueError: no such luck" in refused.err) == (4, True)
    assert "bug" not in refused.err


def test_doctor_tells_of_both_and_goes_on(cli: Cli) -> None:
    cli.ok("columns", "add", "z", "--kind", "odd")
    doctor = cli("doctor", "--json")
    found = {f["check"]: (f["verdict"], f["detail"]) for f in doctor.json}
    assert found["kind bad"][0] == found["kind half"][0] == found["provider gone"][0] == "fail"
    assert found["kind ai"][0] == "warn"
    assert "bad" not in found["kinds"][1]
    assert found["store check"][0] == "ok"
    assert doctor.code != 1
    cli.ok("keys", "list")
    gone = cli("enrich", "--column", "z", "--yes", PYTHONPATH="")
    assert gone.code == 4
    assert 'no kind of column "odd"' in gone.err
    assert "or install the package that has it" in gone.err
