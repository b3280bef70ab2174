"""Files by screens: a file is looked at, mapped, counted and imported; a view is exported."""

from __future__ import annotations

import csv
import shutil
import threading
from contextlib import closing
from pathlib import Path

from textual.widgets import Input, OptionList

from leadsync.core.importing.lead_files import recent_folder
from leadsync.tui.command_line import command_line
from leadsync.tui.panels.export_panel import ExportPanel
from leadsync.tui.panels.file_panel import FilePanel
from leadsync.tui.panels.import_panel import ImportPanel
from leadsync.tui.panels.picker import Picker
from leadsync.tui.panels.progress_panel import ProgressPanel
from leadsync.tui.panels.question import Question
from leadsync.tui.panels.settings_panel import SettingsPanel
from leadsync.tui.panels.text_pane import TextPane
from tests.contract.importing import a_csv
from tests.tui.driven import Driven, on_grid
from tests.tui.terminal import Terminal

APOLLO = Path(__file__).resolve().parents[1] / "data" / "lead_files" / "apollo_2026.csv"


def folder_of(app: Driven) -> Path:
    """A folder of this test."""
    return Path(app.desk.workspace.config.state_folder).parent


def screen_is(app: Driven, kind: type) -> bool:
    return isinstance(app.app.screen, kind)


async def open_file(app: Driven, path: Path) -> None:
    """Choose a file for import by its path."""
    await app.press("ctrl+o")
    assert screen_is(app, FilePanel)
    app.app.screen.query_one(Input).value = str(path)
    await app.press("enter")
    await app.until(lambda: screen_is(app, ImportPanel))
    panel = app.app.screen
    assert isinstance(panel, ImportPanel)
    await app.until(lambda: panel.inspection is not None or not_readable(app))


def not_readable(app: Driven) -> bool:
    """Whether the panel says that the file cannot be read."""
    return "save it as CSV" in app.text()


async def to_line(app: Driven, label: str) -> None:
    """Put the cursor of a panel on a line."""
    panel = app.app.screen
    assert isinstance(panel, SettingsPanel)
    options = panel.query_one(OptionList)
    options.highlighted = [one.label for one in panel.settings].index(label)
    await app.settle()


async def set_text(app: Driven, label: str, text: str) -> None:
    """Type another text for a setting."""
    line = app.app.screen.query_one(Input)
    if not line.has_focus:
        await to_line(app, label)
        await app.press("enter")
    assert line.has_focus
    line.value = text
    await app.press("enter")


async def map_to(app: Driven, header: str, words: str) -> None:
    """Choose what a column becomes."""
    await to_line(app, header)
    await choose(app, words)


async def choose(app: Driven, words: str) -> None:
    """Open a choice, and take the one with these words."""
    await app.tap("enter")
    await app.until(lambda: screen_is(app, Picker))
    app.app.screen.query_one(Input).value = words
    await app.press("enter")


async def stop_under_the_bar(app: Driven, key: str) -> None:
    """Begin work by a key, and stop it while something else keeps the lane busy."""
    gate = threading.Event()
    app.desk.lanes.writing.ask("", gate.wait)
    try:
        await app.tap(key)
        await app.until(lambda: screen_is(app, ProgressPanel))
        await app.tap("escape")
        await app.until(lambda: "stopping" in app.text())
    finally:
        gate.set()
    await app.settle()


def value_of(app: Driven, label: str) -> str:
    panel = app.app.screen
    assert isinstance(panel, SettingsPanel)
    return next(one.value for one in panel.settings if one.label == label)


@on_grid("workspace", size=(80, 24))
async def test_a_file_is_mapped_by_hand_counted_imported_and_taken_back(app: Driven) -> None:
    await app.press("escape")
    await open_file(app, APOLLO)
    await app.until(lambda: "utf-8, delimiter comma, header line 1" in app.text())
    assert value_of(app, "Company Name") == "company (new)"
    await map_to(app, "Lists", "tags")
    await map_to(app, "Seniority", "notes")
    await map_to(app, "Company Name", "a column of its own")
    assert value_of(app, "Company Name") == "company_name (new)"
    await to_line(app, "Cleaned")
    await app.press("x")
    assert value_of(app, "Cleaned") == "(left out)"
    await set_text(app, "Campaign", "Engines")
    await set_text(app, "Tags", "apollo")
    await app.press("ctrl+s")
    await app.until(lambda: screen_is(app, Question))
    assert "2 created" in app.text()
    assert app.desk.workspace.store.count({}) == 0
    await app.press("enter")
    await app.until(lambda: screen_is(app, TextPane))
    assert '2 rows into campaign "Engines"' in app.text()
    await app.press("escape")
    ids = app.desk.model.ids
    assert [app.cell(i, "email") for i in ids] == ["ada@analytical.example", None]
    assert [app.cell(i, "notes") for i in ids] == ["VP", None]
    assert [app.cell(i, "company_name") for i in ids] == ["Analytical & Co", "Compiler Corp"]
    assert app.cell(ids[0], "tags") == ("Engines 2", "apollo")
    assert app.cell(ids[0], "campaign") == "Engines"
    assert "cleaned" not in {column.key for column in app.desk.workspace.store.columns()}
    await app.press("u", "enter")
    await app.until(lambda: app.desk.workspace.store.count({}) == 0)


@on_grid("workspace", size=(80, 24))
async def test_a_column_that_was_left_out_once_is_taken_in_again_by_x(app: Driven) -> None:
    path = folder_of(app) / "leads.csv"
    path.write_text("Name,Email,Title\nAda,ada@lovelace.example,CTO\n", "utf-8")
    await app.press("escape")
    for keys, becomes in ((("x",), "(left out)"), ((), "(left out)"), (("x",), "title (new)")):
        await open_file(app, path)
        await to_line(app, "Title")
        await app.press(*keys)
        assert value_of(app, "Title") == becomes
        await app.press("ctrl+s")
        await app.until(lambda: screen_is(app, Question))
        await app.press("enter")
        await app.until(lambda: screen_is(app, TextPane))
        is_told = '"Title" left out' in app.text()
        assert is_told == (not keys)
        await app.press("escape", "u", "enter")
        await app.until(lambda: app.desk.workspace.store.count({}) == 0)
    await open_file(app, path)
    assert value_of(app, "Title") == "title (new)"


@on_grid()
async def test_the_grid_shows_exactly_the_leads_that_were_added_or_changed(app: Driven) -> None:
    path = folder_of(app) / "new.csv"
    path.write_bytes(
        a_csv(
            ("Email", "Title"),
            ("zoe@cafe.example", "Owner"),
            ("ada@lovelace.example", "Countess"),
            ("new@x.example", "CTO"),
            ("bad@@x", "CTO"),
        )
    )
    await open_file(app, path)
    await app.press("ctrl+s")
    await app.until(lambda: screen_is(app, Question))
    assert 'line 5: "bad@@x" is no e-mail address' in app.text()
    await app.press("enter")
    await app.until(lambda: screen_is(app, TextPane))
    rejects = path.with_name("new.rejects.csv")
    assert rejects.is_file()
    await app.press("escape")
    await app.until(lambda: len(app.desk.model.ids) == 2)
    emails = [app.cell(i, "email") for i in app.desk.model.ids]
    assert emails == ["zoe@cafe.example", "new@x.example"]
    chosen = app.desk.model.selection()
    assert app.desk.workspace.store.ids(chosen.filter) == app.desk.model.ids
    await app.press("escape")
    await app.until(lambda: len(app.desk.model.ids) == 6)
    assert recent_folder(app.desk.workspace.config.state_folder) == path.parent.resolve()


@on_grid()
async def test_rejected_rows_are_corrected_and_imported_behind_the_report(app: Driven) -> None:
    path = folder_of(app) / "new.csv"
    path.write_bytes(a_csv(("Email", "Title"), ("new@x.example", "CTO"), ("bad@@x.example", "CEO")))
    await open_file(app, path)
    await app.press("ctrl+s")
    await app.until(lambda: screen_is(app, Question))
    await app.press("enter")
    await app.until(lambda: screen_is(app, TextPane))
    rejects = path.with_name("new.rejects.csv")
    rejects.write_text(rejects.read_text("utf-8").replace("@@", "@"), "utf-8")
    await app.press("i")
    await app.until(lambda: screen_is(app, ImportPanel))
    await app.until(lambda: "delimiter comma" in app.text())
    await app.press("ctrl+s")
    await app.until(lambda: screen_is(app, Question))
    await app.press("enter")
    await app.until(lambda: screen_is(app, TextPane))
    await app.press("escape")
    (lead_id,) = app.desk.model.ids
    assert (app.cell(lead_id, "email"), app.cell(lead_id, "title")) == ("bad@x.example", "CEO")


@on_grid()
async def test_a_file_that_changes_nothing_leaves_the_view_as_it_is(app: Driven) -> None:
    path = folder_of(app) / "same.csv"
    path.write_bytes(a_csv(("Email", "Title"), ("ada@lovelace.example", "Countess")))
    await open_file(app, path)
    await to_line(app, "On duplicate")
    await choose(app, "update")
    assert value_of(app, "On duplicate") == "update"
    await choose(app, "skip")
    await app.press("ctrl+s")
    await app.until(lambda: screen_is(app, Question))
    await app.press("enter")
    await app.until(lambda: screen_is(app, TextPane))
    assert "1 skipped" in app.text()
    await app.press("escape")
    assert len(app.desk.model.ids) == 5
    assert app.cell(1, "title") == "Head of Engines"


@on_grid(size=(80, 24))
async def test_files_are_found_below_and_paths_are_completed(app: Driven) -> None:
    folder = folder_of(app) / "lists"
    folder.mkdir()
    (folder / "berlin.csv").write_bytes(a_csv(("Email",), ("b@x.example",)))
    await app.press("ctrl+o")
    line = app.app.screen.query_one(Input)
    line.value = f"{folder_of(app)}/li"
    await app.until(lambda: "lists/" in app.text())
    await app.press("tab")
    assert line.value == f"{folder}/"
    await app.until(lambda: "berlin.csv" in app.text())
    await app.press("enter")
    await app.until(lambda: screen_is(app, ImportPanel))
    await app.press("escape")
    assert app.app.screen is app.desk


@on_grid()
async def test_enter_right_behind_a_name_opens_the_file_that_fits(app: Driven) -> None:
    await app.burst("ctrl+o", *"apollo_2026", "enter")  # one of the files below
    await app.until(lambda: screen_is(app, ImportPanel))


@on_grid()
async def test_a_wrong_path_is_said_and_can_be_corrected(app: Driven) -> None:
    await app.press("ctrl+o")
    app.app.screen.query_one(Input).value = "/nowhere/at.csv"
    await app.press("enter")
    assert '"/nowhere/at.csv" is no file' in app.text()
    assert screen_is(app, FilePanel)


@on_grid()
async def test_a_file_that_cannot_be_read_is_said_and_cannot_be_imported(app: Driven) -> None:
    path = folder_of(app) / "photo.csv"
    path.write_bytes(b"PK\x03\x04 no archive")
    await open_file(app, path)
    await app.until(lambda: "photo.csv" in app.text() and "damaged" in app.text())
    await app.press("ctrl+s")
    assert screen_is(app, ImportPanel)
    await app.press("escape")
    assert app.desk.workspace.store.count({}) == 5


@on_grid()
async def test_a_file_without_any_lead_is_said_in_the_panel_which_stays(app: Driven) -> None:
    path = folder_of(app) / "colours.csv"
    path.write_bytes(a_csv(("Colour", "Size"), ("red", "4")))
    await open_file(app, path)
    await app.press("ctrl+s")
    await app.until(lambda: "is a lead" in app.text())
    await set_text(app, "Encoding", "klingon")
    await app.until(lambda: "klingon" in app.text())
    await set_text(app, "Encoding", "")
    await app.until(lambda: "delimiter comma" in app.text())


@on_grid()
async def test_escape_stops_an_import_which_leaves_nothing(app: Driven) -> None:
    path = folder_of(app) / "new.csv"
    path.write_bytes(a_csv(("Email",), ("new@x.example",)))
    await open_file(app, path)
    await app.press("ctrl+s")
    await app.until(lambda: screen_is(app, Question))
    await stop_under_the_bar(app, "enter")
    await app.until(lambda: screen_is(app, ImportPanel))
    await app.until(lambda: "stopped: nothing of new.csv was imported" in app.text())
    assert app.desk.workspace.store.count({}) == 5


@on_grid(size=(80, 24))
async def test_the_filtered_view_is_exported_after_a_look_at_its_first_rows(app: Driven) -> None:
    path = folder_of(app) / "out.csv"
    path.write_text("old")
    app.desk.grid.jump(column=app.desk.grid.layout_now.number("country"))
    await app.press("=", "]", "ctrl+s")
    assert "2 leads" in app.text()
    assert "ada@lovelace.example" in app.text()
    await set_text(app, "File", str(path))
    await to_line(app, "Country")
    await app.press("x", "ctrl+s")
    assert screen_is(app, Question)
    assert path.read_text() == "old"
    await app.press("enter")
    await app.until(lambda: "2 leads exported" in app.lines()[-1])
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert "Country" not in header
    assert [row[header.index("email")] for row in rows] == [
        "ada@lovelace.example",
        "alan@bletchley.example",
    ]


@on_grid()
async def test_a_click_changes_a_line(app: Driven) -> None:
    await app.press("ctrl+s", "escape")
    panel = app.app.screen
    assert isinstance(panel, ExportPanel)
    row = [one.id for one in panel.settings].index("with_ids")
    await app.pilot.click(OptionList, offset=(3, row))
    await app.settle()
    assert value_of(app, "Ids first") == "yes"
    assert (
        next(one.label for one in panel.settings if one.id.startswith("column ")) == "leadsync_id"
    )


@on_grid()
async def test_both_have_a_command_line(app: Driven) -> None:
    app.desk.grid.jump(column=app.desk.grid.layout_now.number("country"))
    await app.press("=", "]")
    line = command_line(app.desk, "files.export")
    assert line.startswith("leadsync export FILE --where country=GB --sort -country --columns ")
    assert command_line(app.desk, "files.import_file") == "leadsync import FILE"


@on_grid()
async def test_an_export_for_a_tool_has_its_headers(app: Driven) -> None:
    path = folder_of(app) / "leads.csv"
    await app.press("ctrl+s")
    await set_text(app, "File", str(path))
    await to_line(app, "For a tool")
    await choose(app, "instantly")
    assert value_of(app, "For a tool") == "Instantly"
    await app.press("ctrl+s")
    await app.until(lambda: app.app.screen is app.desk)
    header = path.read_text("utf-8").splitlines()[0].split(",")
    assert header[:2] == ["email", "job_title"]


@on_grid()
async def test_what_cannot_be_exported_is_said_and_the_panel_stays(app: Driven) -> None:
    await app.press("ctrl+s")
    await set_text(app, "File", "leads.docx")
    await app.until(lambda: "names no format" in app.text())
    await app.press("ctrl+s")
    assert screen_is(app, ExportPanel)
    await set_text(app, "File", str(folder_of(app) / "gone" / "leads.csv"))
    await app.press("ctrl+s")
    await app.until(lambda: "create it (mkdir" in app.text())
    assert screen_is(app, ExportPanel)


@on_grid()
async def test_escape_stops_an_export_which_leaves_no_file(app: Driven) -> None:
    folder = folder_of(app) / "exports"
    folder.mkdir()
    await app.press("ctrl+s")
    await set_text(app, "File", str(folder / "all.csv"))
    await stop_under_the_bar(app, "ctrl+s")
    await app.until(lambda: "stopped: no file was written" in app.text())
    assert [*folder.iterdir()] == []


def test_from_the_first_start_to_an_exported_file_in_a_real_terminal(tmp_path: Path) -> None:
    shutil.copy(APOLLO, tmp_path / "apollo.csv")
    with closing(Terminal(tmp_path)) as terminal:
        terminal.shows("There are no leads yet")
        terminal.press("\r")
        terminal.shows("apollo.csv")  # the first choice has the name of the panel, too
        terminal.press("apollo.csv\r")
        terminal.shows("delimiter comma")
        terminal.press("\x13")
        terminal.shows("2 created")
        terminal.press("\r")
        terminal.shows("Imported")
        terminal.press("\x1b")
        terminal.until(lambda text: "Imported" not in text)
        terminal.press("\x13")
        terminal.shows("Export what is shown")
        terminal.press("out.csv\x13")
        terminal.shows("2 leads exported")
        terminal.press("\x11")
        assert terminal.ended() == 0
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == ["Ada Lovelace", "Grace Hopper"]
    assert rows[0]["Job title"] == "VP, Engines"
