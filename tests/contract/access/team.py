"""People who share a store, each with a home folder of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.access import sessions, users
from leadsync.core.access.rights import Role
from leadsync.core.config import load_config
from leadsync.core.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from leadsync.core.config import Config


ADA, GRACE, VERA = "ada@acme.com", "grace@acme.com", "vera@acme.com"
PASSWORD, OTHER = "correct horse battery", "staple staple horse"
CHEAP = 4  # bcrypt's least cost


class Team:
    """People, each on a machine of their own, on one store."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder

    def config(self, person: str, token: str = "") -> Config:
        """The settings on somebody's machine."""
        env = {"LEADSYNC_HOME": str(self.folder / person), "LEADSYNC_STORE": self.url, "USER": "os"}
        return load_config({}, env | ({"LEADSYNC_TOKEN": token} if token else {}))

    def open(self, person: str, token: str = "") -> Workspace:
        return Workspace.open(self.config(person, token))

    def add(self, email: str, role: Role) -> None:
        """A user with `PASSWORD`, logged in."""
        with self.open(ADA) as owner:
            users.add_user(owner, email, PASSWORD, role=role, cost=CHEAP)
        sessions.login(self.config(email), email, PASSWORD)
