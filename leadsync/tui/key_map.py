"""The keys in force: those of the table of actions, changed by the user's `keys.toml`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.errors import nearest
from leadsync.tui.action_table import ACTIONS, shown_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from leadsync.tui.action_table import Action

    Kept = dict[str, tuple[str, ...]]

FILE_NAME = "keys.toml"
TYPE_TO_EDIT = "type_to_edit"
LEADER = "ctrl+k"  # before a command of letters where letters begin an edit

_NAMES = (
    *("up", "down", "left", "right", "home", "end", "pageup", "pagedown"),
    *("insert", "delete", "enter", "space", *(f"f{n}" for n in range(1, 25))),
)
_LETTER = re.compile(r"ctrl\+([a-z@]|underscore|backslash)")
_TAKEN = {"ctrl+h": "backspace", "ctrl+i": "tab", "ctrl+m": "enter", "ctrl+q": "quitting"}


@dataclass(frozen=True, slots=True)
class KeyMap:
    """What the keys do.

    Attributes:
        actions: all of them with their keys in force, in the order of the table.
        path: the file that changes them, there or not.
        types_to_edit: a printed character begins an edit, and commands of characters come
            behind `LEADER`.
        problems: what of the file is not applied, each in one line.
    """

    actions: tuple[Action, ...]
    path: Path
    types_to_edit: bool = False
    problems: tuple[str, ...] = ()

    @property
    def leader(self) -> str:
        """The key before a command of characters; empty: none is needed."""
        return LEADER if self.types_to_edit else ""

    def shown(self, keys: str) -> str:
        """Keys as people write them, the leader included."""
        is_led = self.types_to_edit and len(keys.split(" ", maxsplit=1)[0]) == 1
        return f"{shown_keys(LEADER)} {shown_keys(keys)}" if is_led else shown_keys(keys)

    def keys_of(self, action_id: str) -> tuple[str, ...]:
        """The keys of an action."""
        return next(action.keys for action in self.actions if action.id == action_id)

    def hint_of(self, action_id: str) -> str:
        """The first key of an action, as people write it, or where it is found without one."""
        keys = self.keys_of(action_id)
        return self.shown(keys[0]) if keys else "the palette"

    def hint(self, action: Action, *, most: int | None = None) -> str:
        """The keys of an action, as people write them; at most so many of them."""
        return "  ".join(map(self.shown, action.keys[:most]))


def read_key_map(path: Path) -> KeyMap:
    """The keys in force; a missing file changes none, and what does not fit is not applied."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return KeyMap(ACTIONS, path)
    except OSError as error:
        return KeyMap(ACTIONS, path, problems=(f"cannot be read: {error.strerror}",))
    except (UnicodeError, tomllib.TOMLDecodeError) as error:
        return KeyMap(ACTIONS, path, problems=(f"is not TOML: {error}",))
    problems: list[str] = []
    types_to_edit = content.pop(TYPE_TO_EDIT, False)
    if not isinstance(types_to_edit, bool):
        problems.append(f"{TYPE_TO_EDIT} is true or false")
        types_to_edit = False
    kept = _fitting(_flat(content), problems.append, types_to_edit=types_to_edit)
    _drop_conflicts(kept, problems.append)
    return KeyMap(_with(kept), path, types_to_edit, tuple(problems))


def _flat(content: Mapping[str, Any]) -> dict[str, Any]:
    """Ids -> what stands there; `edit.undo` without quotes is a table in TOML, and means the same."""
    found: dict[str, Any] = {}
    for name, value in content.items():
        if isinstance(value, dict):
            inner = cast("dict[str, Any]", value)
            found.update({f"{name}.{part}": keys for part, keys in inner.items()})
        else:
            found[name] = value
    return found


def _fitting(
    content: Mapping[str, Any], tell: Callable[[str], None], *, types_to_edit: bool
) -> Kept:
    """What of the file names an action and its keys."""
    ids = [action.id for action in ACTIONS]
    kept: Kept = {}
    for name, value in content.items():
        keys = cast("list[object]", value if isinstance(value, list) else [value])
        if name not in ids:
            close = nearest(name, [*ids, TYPE_TO_EDIT])
            tell(f'"{name}" is no action{f"; did you mean {close}?" if close else ""}')
        elif not all(isinstance(key, str) for key in keys):
            tell(f'"{name}" is a list of keys, such as ["u", "ctrl+z"]')
        elif problem := _first_problem(cast("list[str]", keys), types_to_edit=types_to_edit):
            tell(f'"{name}": {problem}')
        else:
            kept[name] = tuple(cast("list[str]", keys))
    return kept


def _first_problem(keys: list[str], *, types_to_edit: bool) -> str:
    every = (key for one in keys for key in (one.split(" ") if one else [""]))
    return next((p for key in every if (p := _problem(key, types_to_edit=types_to_edit))), "")


def _problem(key: str, *, types_to_edit: bool) -> str:
    """Why a key cannot be had, or nothing."""
    bare = key.removeprefix("ctrl+").removeprefix("shift+")
    if key in _TAKEN:
        return f'"{key}" cannot be had: it is {_TAKEN[key]}'
    if key == LEADER and types_to_edit:
        return f'"{key}" cannot be had: commands of letters begin with it'
    if len(key) == 1 and key.isdigit() and key != "0":
        return f'"{key}" cannot be had: digits are counts'
    if bare in _NAMES or _LETTER.fullmatch(key) or (len(key) == 1 and key.isprintable()):
        return ""
    close = nearest(key, [*_NAMES, *(f"ctrl+{name}" for name in _NAMES)])
    return f'"{key}" is no key{f"; did you mean {close}?" if close else ""}'


def _drop_conflicts(kept: Kept, tell: Callable[[str], None]) -> None:
    """Leave out what would take the keys of another action, or could not be reached behind them.

    What is left out brings the table's keys back, which may conflict in turn.
    """
    while found := _conflict(kept):
        name, words = found
        del kept[name]
        tell(f'"{name}": {words}; give that one another key first')


def _conflict(kept: Kept) -> tuple[str, str] | None:
    """An action of the file whose keys are in the way of another's, or in whose way these are."""
    every = [(keys, action.id) for action in _with(kept) for keys in action.keys]
    for keys, name in every:
        for longer, other in every:
            if name == other or not f"{longer} ".startswith(f"{keys} "):
                continue
            if name in kept:
                more = f" begins {shown_keys(longer)}, which" if longer != keys else ""
                return name, f"{shown_keys(keys)}{more} is {other} already"
            if other in kept:
                return (
                    other,
                    f"{shown_keys(longer)} begins with {shown_keys(keys)}, which is {name}",
                )
    return None


def _with(kept: Kept) -> tuple[Action, ...]:
    return tuple(replace(a, keys=kept[a.id]) if a.id in kept else a for a in ACTIONS)
