"""The sample of a practice workspace: invented people, and columns to try on them."""

from __future__ import annotations

import contextlib
from importlib import resources
from typing import TYPE_CHECKING

from leadsync.core.store.opening import SQLITE_PREFIX

if TYPE_CHECKING:
    from pathlib import Path

    from leadsync.core.config import Config

CAMPAIGN = "Spring founders"
FILES = ("apollo_export.csv", "crm_kontakte.csv", "linkedin_connections.csv")
RECIPES = ("verify", "icebreaker", "find-email", "company")


def fill_sample(path: Path, config: Config) -> None:
    """Make a store of the shipped lead files with a few columns, none of which has run yet.

    Args:
        path: of the new store.
        config: where the user's own recipes are; its store is left alone.
    """
    from dataclasses import replace

    from leadsync.core.columns.definitions import add_column
    from leadsync.core.columns.recipes import load_recipe
    from leadsync.core.importing.importer import import_file
    from leadsync.core.importing.options import ImportOptions
    from leadsync.core.workspace import Workspace

    own = replace(config, store=f"{SQLITE_PREFIX}{path}")
    options = ImportOptions(campaign=CAMPAIGN, rejects=path.parent / "rejects.csv")
    with Workspace.open(own) as workspace:
        folder = resources.files("leadsync.core.sample")
        for name in FILES:
            with resources.as_file(folder / name) as file:
                import_file(workspace.store, file, options, actor=workspace.actor)
        for recipe in RECIPES:
            add_column(workspace, load_recipe(recipe, own))
    with contextlib.suppress(FileNotFoundError):
        (path.parent / "rejects.csv").unlink()
