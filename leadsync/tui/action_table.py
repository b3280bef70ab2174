"""Everything that can be done in the grid: id, keys, words, the twin on the command line.

Keys, help and palette are made from this table. An action `edit.undo` is the function `undo` of
`leadsync.tui.actions.edit`, which is imported when it is first called.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from leadsync.tui.desk import Desk


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be done.

    Attributes:
        id: `GROUP.FUNCTION`.
        keys: each works; several keys after one another are separated by spaces.
        title: a verb with its object.
    """

    id: str
    keys: tuple[str, ...]
    title: str

    @property
    def group(self) -> str:
        """The first part of its id."""
        return self.id.partition(".")[0]


def _a(action_id: str, keys: str, title: str) -> Action:
    """An action; alternatives of keys are separated by two spaces."""
    return Action(action_id, tuple(keys.split("  ")) if keys else (), title)


GROUPS = {
    "go": "Moving",
    "mark": "Marking",
    "edit": "Editing",
    "block": "Ranges, copying and pasting",
    "lead": "Leads",
    "find": "Finding",
    "layout": "Columns on the screen",
    "column": "Columns",
    "run": "Running",
    "story": "Understanding",
    "people": "People",
    "files": "Files",
    "users": "Users",
    "tokens": "Tokens of scripts",
    "app": "LeadSync",
}
"""First part of an id -> its heading in the help."""

ACTIONS: tuple[Action, ...] = (
    _a("go.up", "up  k", "Go up"),
    _a("go.down", "down  j", "Go down"),
    _a("go.left", "left  h", "Go left"),
    _a("go.right", "right  l", "Go right"),
    _a("go.first_column", "home  0", "Go to the first column"),
    _a("go.last_column", "end  $", "Go to the last column"),
    _a("go.top", "g g  ctrl+home", "Go to the first row"),
    _a("go.row", "G  ctrl+end", "Go to the last row, or to the row of the number before it"),
    _a("go.half_page_down", "ctrl+d", "Go half a page down"),
    _a("go.half_page_up", "ctrl+u", "Go half a page up"),
    _a("go.page_down", "pagedown", "Go a page down"),
    _a("go.page_up", "pageup", "Go a page up"),
    _a("go.centre", "z z", "Put the cursor's row in the middle"),
    _a("go.next_value", ")", "Go down to the next different value"),
    _a("go.previous_value", "(", "Go up to the next different value"),
    _a("go.scroll_left", "z h", "Scroll columns to the left"),
    _a("go.scroll_right", "z l", "Scroll columns to the right"),
    _a("column.add", "A", "Add a column: a recipe, or any kind"),
    _a("column.settings", "C", "Change what the column is"),
    _a("column.rename", "^", "Give the column another label"),
    _a("column.arm", "z a", "Let workers fill the column by themselves, or not any more"),
    _a("column.remove", "z x", "Take the column away, after a question"),
    _a("run.cells", "r", "Run this cell, the range or the marked leads"),
    _a("run.column", "R", "Run the column over all leads that are shown"),
    _a("run.again", "g r", "Run the column anew, past the cache"),
    _a("run.stop", "X", "Stop the runs of this column"),
    _a("run.stop_all", "g X", "Stop all runs of this app"),
    _a("run.jobs", "g j  f8", "Show jobs: runs, rates, costs, errors"),
    _a("mark.toggle", "space", "Mark the row, or take its mark away, and go on"),
    _a("mark.same", ",", "Mark the rows that have this value"),
    _a("mark.pattern", "|", "Mark the rows whose cell matches a pattern"),
    _a("mark.unpattern", "\\", "Take the marks of the rows whose cell matches a pattern"),
    _a("mark.all", "g s  ctrl+a", "Mark all rows that are shown"),
    _a("mark.none", "g u", "Take all marks away"),
    _a("mark.invert", "g i", "Mark the rows that are not marked, and only these"),
    _a("mark.only", '"', "Show only the marked rows, or all again"),
    _a("mark.range", "v", "Begin a range of cells, or end it"),
    _a("mark.rows", "V", "Begin a range of whole rows, or end it"),
    _a("mark.extend_down", "shift+down", "Make the range longer downwards"),
    _a("mark.extend_up", "shift+up", "Make the range longer upwards"),
    _a("mark.extend_right", "shift+right", "Make the range wider to the right"),
    _a("mark.extend_left", "shift+left", "Make the range wider to the left"),
    _a("mark.end_range", "", "End the range"),
    _a("edit.cell", "enter  f2  e  i", "Edit the cell; of a computed one, show its story"),
    _a("edit.external", "E", "Edit the cell in your own editor ($EDITOR)"),
    _a("edit.set_marked", "g e", "Set the cell of all marked rows"),
    _a("edit.clear", "delete  z d", "Clear the cell, or those of the range"),
    _a("edit.fill_down", "F", "Fill the range down from its first row"),
    _a("edit.replace", "*", "Find and replace in the column"),
    _a("edit.undo", "u  ctrl+z", "Take back what was done last"),
    _a("edit.redo", "ctrl+r  ctrl+y", "Bring back what was taken back"),
    _a("block.copy", "y  ctrl+c", "Copy the cell, or the range"),
    _a("block.copy_with_header", "Y", "Copy with the labels of the columns"),
    _a("block.copy_as", "g y", "Copy the marked rows or the range as TSV, CSV, JSON or a filter"),
    _a("block.paste", "p  ctrl+v", "Paste cells from here down and to the right"),
    _a("lead.add", "a", "Add a lead"),
    _a("lead.open", "o", "Open the lead: all its fields"),
    _a("lead.trash", "d d", "Put the leads in the trash"),
    _a("lead.restore", "z r", "Take the leads out of the trash"),
    _a("lead.tag", "T", "Tag the leads"),
    _a("lead.move", "m", "Move the leads to another campaign"),
    _a("find.search", "/  ctrl+f", "Search"),
    _a("find.next", "n", "Go to the next hit"),
    _a("find.previous", "N", "Go to the hit before"),
    _a("find.filter", "f", "Filter the leads"),
    _a("find.pattern", "&", "Filter by a pattern in this column"),
    _a("find.by_cell", "=", "Filter by this cell"),
    _a("find.unfilter", "g f", "Show all leads: no filter, no view"),
    _a("find.column", "c", "Go to a column by its name"),
    _a("find.view", "w", "Choose a view"),
    _a("find.next_view", "g t", "Go to the next view"),
    _a("find.previous_view", "g T", "Go to the view before"),
    _a("find.save_view", "z w", "Save what is shown as a view"),
    _a("find.campaign", "W", "Choose a campaign"),
    _a("find.trash", "g z", "Show the trash, or the leads again"),
    _a("find.values", "#", "Count the values of the column"),
    _a("layout.sort_up", "[", "Sort by this column"),
    _a("layout.sort_down", "]", "Sort by this column, downwards"),
    _a("layout.add_sort_up", "z [", "Sort by this column, too"),
    _a("layout.add_sort_down", "z ]", "Sort by this column, too, downwards"),
    _a("layout.sort", "S", "Choose an order"),
    _a("layout.freeze", "!", "Freeze the columns up to here, or none"),
    _a("layout.narrower", "<", "Make the column narrower"),
    _a("layout.wider", ">", "Make the column wider"),
    _a("layout.fit", "_", "Fit the column to what it shows"),
    _a("layout.fit_all", "g _", "Fit all columns"),
    _a("layout.hide", "-", "Hide the column"),
    _a("layout.unhide", "g -", "Show a hidden column again"),
    _a("layout.move_left", "H", "Move the column to the left"),
    _a("layout.move_right", "L", "Move the column to the right"),
    _a("story.peek", "K", "Show the whole text of the cell"),
    _a("story.inspect", "I", "Show where the value of the cell came from"),
    _a("story.history", "g h", "List what was done, and take one of it back"),
    _a("people.show", "", "Show this person: everything that is held, and its sources"),
    _a("people.duplicates", "", "Find people who are in several leads or campaigns"),
    _a("people.limits", "", "Say how long this campaign keeps leads, and how many of a company"),
    _a("people.expire", "", "Remove for good the leads that their campaigns keep no longer"),
    _a("people.erase", "", "Erase this person for good, after their address was typed"),
    _a("people.suppress", "", "Suppress this address or its domain"),
    _a("people.suppressions", "", "Show the suppression list"),
    _a("people.suppress_typed", "", "Suppress an address or domain that is typed"),
    _a("files.import_file", "ctrl+o", "Import a file of leads"),
    _a("files.export", "ctrl+s", "Export what is shown to a file"),
    _a("files.push_instantly", "", "Push what is shown to Instantly"),
    _a("files.pull_instantly", "", "Pull what became of leads from Instantly"),
    _a("files.push_sheets", "", "Push what is shown to Google Sheets"),
    _a("files.pull_sheets", "", "Pull from Google Sheets"),
    _a("files.hooks", "", "Show hooks: addresses at which leads and events come in"),
    _a("files.add_hook", "", "Add a hook for a form, for Instantly or for Clay"),
    _a("files.sample", "", "Import the sample leads"),
    _a("files.welcome", "", "Show the first steps"),
    _a("users.show", "", "Show users: their roles, and who is let in no more"),
    _a("users.add", "", "Add a user; the first one owns this workspace"),
    _a("users.password", "", "Change my password"),
    _a("tokens.show", "", "Show tokens, which let scripts in, and revoke them"),
    _a("tokens.add", "", "Add a token for a script; it is shown once"),
    _a("app.menu", ".", "Show what can be done with this cell and these leads"),
    _a("app.palette", "ctrl+p  :", "Find an action by its name"),
    _a("app.help", "?  f1", "Show the keys"),
    _a("app.mouse", "z m", "Let the mouse be the terminal's own, or the grid's again"),
    _a("app.refresh", "f5  ctrl+l", "Read everything again"),
    _a("app.theme", "", "Choose colours"),
    _a("app.practice", "", "Open the practice copy: nothing leaves this machine"),
    _a("app.keys", "", "Show keys of providers: test, set and remove them"),
    _a("app.whoami", "", "Show who is logged in, and what they may do"),
    _a("app.logout", "", "Log out, and let somebody log in"),
    _a("app.suspend", "", "Put LeadSync aside: fg in the shell brings it back"),
    _a("app.quit", "ctrl+q", "Quit LeadSync"),
)


NOT_IN_PRACTICE = frozenset(
    (
        "files.push_instantly", "files.pull_instantly", "files.push_sheets", "files.pull_sheets",
        "files.add_hook", "app.keys", "app.logout", "users.show", "users.add", "users.password",
        "tokens.show", "tokens.add",
    )
)  # fmt: skip
"""Actions that would reach out of a practice workspace, or are about the real one."""


def bindings(actions: Sequence[Action] = ACTIONS) -> dict[str, str]:
    """Keys -> id of the action."""
    return {keys: action.id for action in actions for keys in action.keys}


def action(action_id: str) -> Action:
    """The action of that id."""
    return next(action for action in ACTIONS if action.id == action_id)


def by_group(actions: Sequence[Action] = ACTIONS) -> Iterator[tuple[str, list[Action]]]:
    """Headings with their actions."""
    for group, heading in GROUPS.items():
        found = [action for action in actions if action.group == group]
        if found:
            yield heading, found


def function_of(action_id: str) -> Callable[[Desk, int | None], None]:
    """What an action does; gets the desk, and the number that was typed before its keys."""
    group, _, name = action_id.partition(".")
    return getattr(import_module(f"leadsync.tui.actions.{group}"), name)


def shown_keys(keys: str) -> str:
    """Keys as people write them: `g g` is `gg`, `ctrl+d` is `Ctrl+D`."""
    return "".join(_shown_key(key) for key in keys.split(" "))


def _shown_key(key: str) -> str:
    if len(key) == 1:
        return key
    names = {"pagedown": "PageDown", "pageup": "PageUp", "space": "Space"}
    words = key.split("+")
    shown = [
        names.get(word, word.capitalize() if len(word) > 1 else word.upper()) for word in words
    ]
    return "+".join(shown)
