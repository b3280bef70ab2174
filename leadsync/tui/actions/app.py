"""The app itself: palette, help, colours, the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.wording import plural
from leadsync.tui.action_table import ACTIONS, by_group, shown_keys
from leadsync.tui.command_line import command_line
from leadsync.tui.panels.picker import Choice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadsync.tui.desk import Desk

MENU = frozenset(
    (
        "edit.cell", "edit.clear", "block.copy", "block.paste", "lead.open", "lead.trash",
        "lead.tag", "lead.move", "find.by_cell", "find.values", "layout.sort_up",
        "layout.sort_down", "layout.freeze", "layout.hide", "layout.fit", "story.peek",
        "story.inspect",
    )
)  # fmt: skip
THEMES = {
    "dark": "textual-dark",
    "light": "textual-light",
    "the terminal's own, dark": "ansi-dark",
    "the terminal's own, light": "ansi-light",
}


def palette(desk: Desk, _count: int | None) -> None:
    """Every action by its words, with its keys; Enter does it, Ctrl+Y copies its command line."""
    choices = [
        Choice(action.id, action.title, "  ".join(map(shown_keys, action.keys)))
        for action in ACTIONS
        if action.id != "app.palette"
    ]

    def chosen(key: str, action_id: str) -> None:
        if key == "enter":
            desk.do(action_id)
            return
        line = command_line(desk, action_id)
        if line:
            desk.clip(line, f"copied: {line}")
        else:
            desk.say("this has no command: it changes the screen only")

    footer = "Enter: do it   Ctrl+Y: copy as command line"
    desk.pick("Do", choices, chosen, footer=footer, keys=["ctrl+y"])


def menu(desk: Desk, _count: int | None) -> None:
    """What can be done with this cell, its column, and the leads that are meant."""
    actions = [action for action in ACTIONS if action.id in MENU]
    choices = [Choice(a.id, a.title, "  ".join(map(shown_keys, a.keys[:1]))) for a in actions]
    desk.pick("Here", choices, lambda _key, action_id: desk.do(action_id))


def help(desk: Desk, _count: int | None) -> None:  # noqa: A001 - the name of the action
    """All keys with what they do, from the table that they work by."""
    desk.read("Keys", "\n".join(_help_lines()))


def refresh(desk: Desk, _count: int | None) -> None:
    """Forget what was read, and read it again."""
    desk.grid.window.forget()
    desk.show(desk.model.look, "read again")


def theme(desk: Desk, _count: int | None) -> None:
    """Other colours, for as long as the app is open."""

    def chosen(_key: str, name: str) -> None:
        desk.app.theme = THEMES[name]
        desk.grid.repaint_all()

    desk.pick("Colours", [Choice(name, name.capitalize()) for name in THEMES], chosen)


def quit(desk: Desk, _count: int | None) -> None:  # noqa: A001 - the name of the action
    """Leave the app; what is being written is written. Runs of the app are stopped, or one stays."""
    running = desk.jobs.running
    if not running:
        desk.app.exit()
        return
    in_flight = sum(job.progress.in_flight for job in running if job.progress is not None)
    lines = [
        f"run {job.run_id}, {job.title}: no new request leaves; leadsync runs resume {job.run_id}"
        " does the rest"
        for job in running
    ]
    lines.append(f"{plural(in_flight, 'answer')} in flight are waited for, 10 s at most")

    def leave() -> None:
        desk.jobs.stop_all()
        desk.lanes.writing.ask("", desk.jobs.wait_for_all, lambda _: desk.app.exit())

    desk.confirm(f"{plural(len(running), 'run')} under way", lines, "Stop and leave", leave)


def _help_lines() -> Iterator[str]:
    for heading, actions in by_group():
        yield heading
        for action in actions:
            keys = "  ".join(map(shown_keys, action.keys)) or "(in the palette)"
            yield f"  {keys:<22} {action.title}"
        yield ""
    yield "A number before a key repeats it: 5j goes five rows down, 25G to row 25."
    yield "Click: cursor. Double click: edit. Click on a label: sort. Click in the gutter: mark."
