"""The suppression list by screens: leads and typed addresses go on it, entries come off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Input

from leadsync.core.erasure.erasing import erase
from leadsync.core.suppression import SuppressionList, list_suppressions, suppress
from leadsync.tui.command_line import command_line
from leadsync.tui.panels.form import Form
from leadsync.tui.panels.picker import Picker
from leadsync.tui.panels.question import Question
from tests.tui.driven import Driven, on_grid

if TYPE_CHECKING:
    from leadsync.core.suppression import Suppression


def entries(app: Driven) -> list[Suppression]:
    return list_suppressions(app.desk.workspace.store)


def screen_is(app: Driven, kind: type) -> bool:
    return isinstance(app.app.screen, kind)


async def begin(app: Driven, action: str, kind: type) -> None:
    app.desk.do(action)
    await app.until(lambda: screen_is(app, kind))
    await app.settle()


async def undo(app: Driven) -> None:
    await app.press("u")
    await app.until(lambda: "take back" in app.text())
    await app.press("enter")


@on_grid()
async def test_the_address_under_the_cursor_is_suppressed_and_let_go_again(app: Driven) -> None:
    await begin(app, "people.suppress", Picker)
    assert "the address ada@lovelace.example" in app.text()
    assert "the domain lovelace.example" in app.text()
    await app.press("enter")
    await app.fill("asked to be left alone")
    await app.until(lambda: "ada@lovelace.example suppressed; 1 lead covered" in app.text())
    (entry,) = entries(app)
    assert (entry.kind, entry.value) == ("email", "ada@lovelace.example")
    assert (entry.reason, entry.source) == ("asked to be left alone", "typed")
    await undo(app)
    await app.until(lambda: entries(app) == [])


@on_grid()
async def test_a_whole_domain_is_suppressed_after_a_question(app: Driven) -> None:
    await begin(app, "people.suppress", Picker)
    await app.press("down", "enter")
    await app.fill("")
    await app.until(lambda: "Suppress lovelace.example" in app.text())
    await app.press("escape")
    assert entries(app) == []
    await begin(app, "people.suppress", Picker)
    await app.press("down", "enter")
    await app.fill("")
    await app.until(lambda: "Suppress lovelace.example" in app.text())
    await app.press("enter")
    await app.until(lambda: "lovelace.example suppressed; 1 lead covered" in app.text())
    assert [(e.kind, e.value) for e in entries(app)] == [("domain", "lovelace.example")]


@on_grid()
async def test_domains_of_the_marked_leads_are_suppressed_in_one_unit(app: Driven) -> None:
    app.desk.model.marks.add([1, 2])
    twin = command_line(app.desk, "people.suppress")
    assert twin.startswith("leadsync suppress add ada@lovelace.example grace@navy.example ")
    await begin(app, "people.suppress", Picker)
    await app.press("down", "enter")
    await app.fill("competitor")
    await app.until(lambda: screen_is(app, Question) and "Suppress 2" in app.text())
    assert "navy.example" in app.text()
    await app.press("enter")
    await app.until(lambda: "2 entries suppressed; 2 leads covered" in app.text())
    assert {(e.kind, e.value) for e in entries(app)} == {
        ("domain", "lovelace.example"), ("domain", "navy.example"),
    }  # fmt: skip
    assert SuppressionList(app.desk.workspace.store).covers("else@mail.navy.example")
    await undo(app)
    await app.until(lambda: entries(app) == [])


@on_grid()
async def test_what_is_typed_is_suppressed_or_refused_in_the_form(app: Driven) -> None:
    await begin(app, "people.suppress_typed", Form)
    await fill(app, entries="nobody at all")
    await app.until(lambda: '"nobody" is neither an address nor a domain' in app.text())
    assert entries(app) == []
    await fill(app, entries="stop@acme.example, @other.example", reason="unsubscribed")
    await app.until(lambda: "2 entries suppressed; 0 leads covered" in app.text())
    assert [(e.value, e.reason) for e in entries(app)] == [
        ("stop@acme.example", "unsubscribed"), ("other.example", "unsubscribed"),
    ]  # fmt: skip


async def fill(app: Driven, **texts: str) -> None:
    for key, text in texts.items():
        app.app.screen.query_one(f"#field-{key}", Input).value = text
    await app.press("ctrl+s")


@on_grid()
async def test_the_list_shows_entries_counts_the_erased_and_lets_one_go(app: Driven) -> None:
    workspace = app.desk.workspace
    suppress(workspace, ["navy.example"], reason="bounced", source="instantly")
    erase(workspace, "alan@bletchley.example")
    hashes = [entry.value for entry in entries(app) if entry.kind == "person"]
    await begin(app, "people.suppressions", Picker)
    shown = app.text()
    assert f"Suppressed: 1; hashes of erased people: {len(hashes)}" in shown
    (line,) = [line for line in shown.splitlines() if "navy.example" in line and "bounced" in line]
    assert "instantly" in line
    assert not any(value[:12] in shown for value in hashes)
    await app.press("enter")
    await app.until(lambda: screen_is(app, Question) and "Take it off" in app.text())
    await app.press("escape")
    assert SuppressionList(workspace.store).covers("grace@navy.example")
    await begin(app, "people.suppressions", Picker)
    await app.press("enter", "enter")
    await app.until(lambda: "navy.example may be touched again" in app.text())
    assert not SuppressionList(workspace.store).covers("grace@navy.example")
    assert SuppressionList(workspace.store).covers("alan@bletchley.example")
    await undo(app)
    await app.until(lambda: SuppressionList(workspace.store).covers("grace@navy.example"))


@on_grid()
async def test_an_empty_list_leads_to_the_form(app: Driven) -> None:
    await begin(app, "people.suppressions", Picker)
    assert "Suppressed: 0" in app.text()
    await app.press("enter")
    await app.until(lambda: screen_is(app, Form))
    assert command_line(app.desk, "people.suppressions") == "leadsync suppress list"
