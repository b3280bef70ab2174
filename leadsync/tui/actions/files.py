"""Files: the first steps, importing and exporting. `transfer.py` has the steps of both."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from leadsync.core.errors import StoreError
from leadsync.tui.action_table import shown_keys
from leadsync.tui.panels.picker import Choice

if TYPE_CHECKING:
    from pathlib import Path

    from leadsync.tui.desk import Desk

SAMPLE = "apollo_export.csv"


def welcome(desk: Desk, _count: int | None) -> None:
    """The ways to begin that are open here; in practice there is no other practice."""
    ways = {
        "files.import_file": "Import a file of leads",
        "files.sample": "Try it with the sample leads",
        "lead.add": "Add a lead by hand",
        "app.practice": "Practise on invented people: nothing is sent",
    }
    closed = desk.closed | ({"app.practice"} if desk.workspace.config.is_practice else set())
    ways = {action: text for action, text in ways.items() if action not in closed}
    actions, texts = tuple(ways), tuple(ways.values())
    by_key = {key: action for action in actions for key in desk.keys.keys_of(action)}
    by_key = {key: action for key, action in by_key.items() if key.startswith("ctrl+")}
    hints = {action: shown_keys(key) for key, action in by_key.items()}
    choices = [
        Choice(action, text, hints.get(action, ""))
        for action, text in zip(actions, texts, strict=True)
    ]

    def chosen(key: str, action: str) -> None:
        desk.do(by_key.get(key, action))

    is_empty = not desk.workspace.store.ids({}, limit=1)
    desk.pick("There are no leads yet" if is_empty else "First steps", choices, chosen, keys=by_key)


def import_file(desk: Desk, _count: int | None) -> None:
    """Choose a file, see how it is read and what its columns become, count, import."""
    from leadsync.tui.actions.transfer import choose_file

    choose_file(desk)


def sample(desk: Desk, _count: int | None) -> None:
    """Invented leads, as Apollo exports them; u takes them back.

    The file is copied first: rejected rows go beside it, and the package is not ours to write to.
    """
    from leadsync.tui.actions.transfer import begin_import

    folder = desk.workspace.config.state_folder / "sample"
    packed = resources.files("leadsync.core.sample") / SAMPLE

    def copy() -> Path:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / SAMPLE).write_bytes(packed.read_bytes())
        except OSError as error:
            raise StoreError(f'cannot write to "{folder}": {error.strerror or error}') from error
        return folder / SAMPLE

    desk.ask_store("sample", copy, lambda path: begin_import(desk, path))


def export(desk: Desk, _count: int | None) -> None:
    """Write the leads and columns that are shown into a file, after a look at the first."""
    from leadsync.tui.actions.transfer import begin_export

    begin_export(desk)


def push_instantly(desk: Desk, _count: int | None) -> None:
    """Look at a campaign at Instantly, show who would be sent and who stays, ask, send."""
    from leadsync.tui.actions.outreach import begin_push

    begin_push(desk)


def pull_instantly(desk: Desk, _count: int | None) -> None:
    """Bring back replies, bounces and interest; u takes the cells back."""
    from leadsync.tui.actions.outreach import begin_pull

    begin_pull(desk)


def push_sheets(desk: Desk, _count: int | None) -> None:
    """Compare what is shown with a Google sheet, show what differs, ask, write it."""
    from leadsync.tui.actions.sheets import begin_push

    begin_push(desk)


def pull_sheets(desk: Desk, _count: int | None) -> None:
    """Take what was changed in a Google sheet; what both sides changed is listed."""
    from leadsync.tui.actions.sheets import begin_pull

    begin_pull(desk)


def hooks(desk: Desk, _count: int | None) -> None:
    """List the addresses at which leads and events come in; make, renew and remove them."""
    from leadsync.tui.actions.hooks import show_hooks

    show_hooks(desk)


def add_hook(desk: Desk, _count: int | None) -> None:
    """Make one more; its address is shown once."""
    from leadsync.tui.actions.hooks import begin_hook

    begin_hook(desk)
