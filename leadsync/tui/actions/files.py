"""Files: the first steps, importing and exporting. `transfer.py` has the steps of both."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from leadsync.tui.panels.picker import Choice

if TYPE_CHECKING:
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
    """Invented leads, as Apollo exports them; u takes them back."""
    from leadsync.tui.actions.transfer import begin_import

    with resources.as_file(resources.files("leadsync.core.sample") / SAMPLE) as path:
        begin_import(desk, path)


def export(desk: Desk, _count: int | None) -> None:
    """Write the leads and columns that are shown into a file, after a look at the first."""
    from leadsync.tui.actions.transfer import begin_export

    begin_export(desk)
