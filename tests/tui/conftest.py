"""Workspaces that the app is opened on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadsync.core.config import load_config
from leadsync.core.workspace import Workspace
from tests.contract.making import a_campaign, a_column, some_leads

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PEOPLE = [
    {"email": "ada@lovelace.example", "name": "Ada Lovelace", "title": "Head of Engines",
     "country": "GB", "employees": 12},
    {"email": "grace@navy.example", "name": "Grace Hopper", "title": "Rear Admiral",
     "country": "US", "employees": 4000},
    {"email": "alan@bletchley.example", "name": "Alan Turing", "title": "Codebreaker",
     "country": "GB", "employees": None},
    {"email": "jürgen@müller.example", "name": "Jürgen Müller", "title": "CTO",
     "country": "DE", "employees": 7},
    {"email": "zoe@cafe.example", "name": "Zoë Núñez", "title": None,
     "country": "ES", "employees": 7},
]  # fmt: skip


def people(workspace: Workspace) -> None:
    """Five leads in Inbox with a text column, a number column and a country."""
    store = workspace.store
    inbox = a_campaign(store)
    a_column(store, "title")
    a_column(store, "country")
    a_column(store, "employees", type="number")
    some_leads(store, inbox, PEOPLE)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace without leads."""
    env = {"LEADSYNC_HOME": str(tmp_path / "home"), "USER": "ada"}
    with Workspace.open(load_config({}, env)) as opened:
        yield opened


@pytest.fixture
def filled(workspace: Workspace) -> Workspace:
    """A workspace with five leads."""
    people(workspace)
    return workspace
