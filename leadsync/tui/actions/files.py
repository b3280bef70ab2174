"""Files: the first steps, importing and exporting. `transfer.py` has the steps of both."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from leadsync.core.errors import StoreError
from leadsync.tui.panels.picker import Choice

if TYPE_CHECKING:
    from pathlib import Path

    from leadsync.tui.desk import Desk

SAMPLE = "apollo_export.csv"


def welcome(desk: Desk, _count: int | None) -> None:
    """The three ways to begin."""
    choices = [
        Choice("files.import_file", "Import a file of leads", "Ctrl+O"),
        Choice("files.sample", "Try it with the sample leads"),
        Choice("lead.add", "Add a lead by hand", "a"),
    ]
    desk.pick("There are no leads yet", choices, lambda _key, action: desk.do(action))


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
