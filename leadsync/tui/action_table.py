"""Everything that can be done in the grid: id, keys, words, the twin on the command line.

Keys, help and palette are made from this table. An action `edit.undo` is the function `undo` of
`leadsync.tui.actions.edit`, which is imported when it is first called.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
    "lead": "Leads",
    "find": "Finding",
    "layout": "Columns on the screen",
    "run": "Running",
    "story": "Understanding",
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
    _a("run.cells", "r", "Run this cell, or those of the marked leads"),
    _a("run.column", "R", "Run the column over all leads that are shown"),
    _a("run.again", "g r", "Run the column anew, past the cache"),
    _a("run.stop", "X", "Stop the runs of this column"),
    _a("run.stop_all", "g X", "Stop all runs of this app"),
    _a("run.jobs", "g j  f8", "Show jobs: runs, rates, costs, errors"),
    _a("app.quit", "ctrl+q", "Quit LeadSync"),
)


def bindings() -> dict[str, str]:
    """Keys -> id of the action."""
    return {keys: action.id for action in ACTIONS for keys in action.keys}


def action(action_id: str) -> Action:
    """The action of that id."""
    return next(action for action in ACTIONS if action.id == action_id)


def by_group() -> Iterator[tuple[str, list[Action]]]:
    """Headings with their actions."""
    for group, heading in GROUPS.items():
        found = [action for action in ACTIONS if action.group == group]
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
