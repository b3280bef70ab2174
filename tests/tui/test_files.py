"""The first start of the app."""

from __future__ import annotations

from importlib import resources

from leadsync.tui.panels.picker import Picker
from leadsync.tui.panels.question import Question
from tests.tui.driven import Driven, on_grid


@on_grid("workspace")
async def test_an_empty_workspace_offers_three_ways_to_begin(app: Driven) -> None:
    assert isinstance(app.app.screen, Picker)
    for words in ("Import a file", "sample", "Add a lead"):
        assert words in app.text()
    await app.type("sample")
    await app.press("enter")
    await app.until(lambda: "linkedin_url" in app.text())
    await app.press("ctrl+s")
    await app.until(lambda: isinstance(app.app.screen, Question))
    assert "created" in app.text()
    assert len(app.desk.model.ids) == 0
    await app.press("enter")
    await app.until(lambda: len(app.desk.model.ids) > 5)
    assert "created" in app.lines()[-1]
    beside = resources.files("leadsync.core.sample") / "apollo_export.rejects.csv"
    assert not beside.is_file()
