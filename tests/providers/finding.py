"""Small builders for tests of providers that know people and companies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadsync.core.columns.column_file import ColumnSpec
from leadsync.core.columns.definitions import add_column
from tests.contract.making import a_campaign, a_column, some_leads
from tests.reliability.run_making import a_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from leadsync.core.models import Column
    from leadsync.core.workspace import Workspace
    from tests.servers.http_server import HttpServer, Reply, Request

ENGINES = ("sqlite", "mongo")
OWN = ("email", "name", "linkedin_url")


def opened(
    provider: str, server: HttpServer, folder: Path, store: str = "", **more: str
) -> Workspace:
    """A workspace whose provider is the server, with a planted key; it polls in milliseconds."""
    name = provider.upper()
    settings = {
        f"LEADSYNC_{name}_BASE_URL": server.url,
        f"{name}_API_KEY": f"{provider}-planted-4hJ29dKs8Q",
        "LEADSYNC_POLL_BASE_S": "0.01",
    }
    return a_workspace("", folder, store, **(settings | more))


def priced(folder: Path, provider: str, **prices: float) -> dict[str, str]:
    """The setting of a price file with these prices of units."""
    lines = [f"{unit} = {price}" for unit, price in prices.items()]
    (folder / "prices.toml").write_text("\n".join([f"[units.{provider}]", *lines, ""]))
    return {"LEADSYNC_PRICES": str(folder / "prices.toml")}


def leads(workspace: Workspace, *rows: dict[str, Any]) -> list[int]:
    """Leads with these cells; columns are made as they are needed."""
    inbox = a_campaign(workspace.store)
    known = {column.key for column in workspace.store.columns()}
    keys = list(dict.fromkeys(key for row in rows for key in row))
    for key in keys:
        if key not in known and key not in OWN:
            a_column(workspace.store, key)
    full = [{key: row.get(key) for key in keys} for row in rows]
    return some_leads(workspace.store, inbox, full)


def a_person_column(
    workspace: Workspace,
    kind: str,
    provider: str,
    *,
    outputs: dict[str, str] | None = None,
    **config: Any,
) -> Column:
    """The column "who" of a kind that asks about people or companies."""
    given = {"provider": provider, **config}
    spec = ColumnSpec(key="who", kind=kind, config=given, outputs=outputs or {})
    return add_column(workspace, spec)


def cells(workspace: Workspace, *keys: str) -> list[tuple[Any, ...]]:
    """Cells of all leads."""
    return [tuple(row) for row in workspace.store.scan({}, list(keys or ("who",)))]


def recording(server: HttpServer) -> list[tuple[Request, Reply]]:
    """What the server is asked from now on, and what it answers."""
    seen: list[tuple[Request, Reply]] = []
    answer = server.script

    def keep(request: Request) -> Reply:
        reply = answer(request)
        seen.append((request, reply))
        return reply

    server.script = keep
    return seen
