"""The app itself: palette, help, colours, the way out."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, cast

from leadsync.core.access.rights import in_order
from leadsync.core.access.sessions import logout as end_login
from leadsync.core.wording import plural
from leadsync.tui.action_table import by_group, shown_keys
from leadsync.tui.command_line import command_line
from leadsync.tui.panels.picker import Choice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leadsync.tui.app import LeadSyncApp
    from leadsync.tui.desk import Desk
    from leadsync.tui.key_map import KeyMap

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
        Choice(action.id, action.title, desk.keys.hint(action))
        for action in desk.keys.actions
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
    actions = [action for action in desk.keys.actions if action.id in MENU]
    choices = [Choice(a.id, a.title, desk.keys.hint(a, most=1)) for a in actions]
    desk.pick("Here", choices, lambda _key, action_id: desk.do(action_id))


def help(desk: Desk, _count: int | None) -> None:  # noqa: A001 - the name of the action
    """All keys in force with what they do."""
    desk.read("Keys", "\n".join(_help_lines(desk.keys)))


def refresh(desk: Desk, _count: int | None) -> None:
    """Forget what was read, and read it again."""
    desk.grid.window.forget()
    desk.show(desk.model.look, "read again")


def mouse(desk: Desk, _count: int | None) -> None:
    """Off, so that the terminal selects text by itself; on again."""
    app = cast("LeadSyncApp", desk.app)
    app.set_mouse(on=not app.has_mouse)
    key = desk.keys.hint_of("app.mouse")
    whose = "the grid's" if app.has_mouse else f"the terminal's own; {key} takes it back"
    desk.say(f"the mouse is {whose}")


def theme(desk: Desk, _count: int | None) -> None:
    """Other colours, for as long as the app is open."""

    def chosen(_key: str, name: str) -> None:
        desk.app.theme = THEMES[name]
        desk.grid.repaint_all()

    desk.pick("Colours", [Choice(name, name.capitalize()) for name in THEMES], chosen)


def suspend(desk: Desk, _count: int | None) -> None:
    """Give the terminal back to the shell; what runs in this app stands still so long."""
    if not hasattr(signal, "SIGTSTP"):
        desk.say("this system has no jobs of a shell; nothing was put aside")
        return

    def put_aside() -> None:
        desk.app.action_suspend_process()

    running = desk.jobs.running
    if not running:
        put_aside()
        return
    lines = ["they stand still until fg brings LeadSync back; other processes may go on with them"]
    desk.confirm(f"{plural(len(running), 'run')} under way", lines, "Put aside", put_aside)


def practice(desk: Desk, _count: int | None) -> None:
    """Leave this workspace for its practice copy, in which providers are simulated."""
    if desk.workspace.config.is_practice:
        desk.say("this is the practice copy; quit, then leadsync opens the real workspace")
        return
    leave_for(desk, cast("LeadSyncApp", desk.app).go_to_practice)


def whoami(desk: Desk, _count: int | None) -> None:
    """Say who is logged in, and what they may do."""
    at = desk.workspace.identity
    if at is None:
        desk.say(f"{desk.workspace.actor}; this workspace has no users, and is open")
        return
    desk.say(f"{at.actor}, {at.role}, until {at.expires_at[:10]}: {', '.join(in_order(at.rights))}")


def keys(desk: Desk, _count: int | None) -> None:
    """Show which keys are set and where; ask about one, keep it, forget it."""
    from leadsync.tui.actions.provider_keys import show_keys

    show_keys(desk)


def logout(desk: Desk, _count: int | None) -> None:
    """End the login on this machine, and let somebody log in."""
    at = desk.workspace.identity
    if at is None:
        desk.say("nobody is logged in: this workspace has no users, and is open")
    elif at.token:
        desk.say("a token has opened this workspace: nobody is logged in")
    else:
        app = cast("LeadSyncApp", desk.app)
        config = desk.workspace.config
        leave_for(desk, lambda: desk.write(lambda: end_login(config), lambda _: app.go_to_login()))


def quit(desk: Desk, _count: int | None) -> None:  # noqa: A001 - the name of the action
    """Leave the app; what is being written is written. Runs of the app are stopped, or one stays."""
    leave_for(desk, desk.app.exit)


def leave_for(desk: Desk, go: Callable[[], None]) -> None:
    """Go where there are no runs under way, or they have been stopped."""
    running = desk.jobs.running
    if not running:
        go()
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
        desk.lanes.writing.ask("", desk.jobs.wait_for_all, lambda _: go())

    desk.confirm(f"{plural(len(running), 'run')} under way", lines, "Stop and leave", leave)


def _help_lines(keys: KeyMap) -> Iterator[str]:
    if keys.leader:
        yield f"A character begins an edit. {shown_keys(keys.leader)} comes before a command of"
        yield "characters."
        yield ""
    for heading, actions in by_group(keys.actions):
        yield heading
        for action in actions:
            shown = keys.hint(action) or "(in the palette)"
            yield f"  {shown:<22} {action.title}"
        yield ""
    yield "A number before a key repeats it: 5j goes five rows down, 25G to row 25."
    yield f"Other keys: {keys.path}"
    for problem in keys.problems:
        yield f"  not applied: {problem}"
    yield "Click: cursor. Double click: edit. Click on a label: sort. Click in the gutter: mark."
