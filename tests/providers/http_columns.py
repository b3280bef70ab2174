"""Small builders for tests of HTTP columns: a workspace that may reach our server, and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from leadsync.core.columns.column_file import ColumnSpec
from leadsync.core.columns.definitions import add_column
from tests.reliability.run_making import a_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from leadsync.core.engine.events import RunResult
    from leadsync.core.models import Column, Task
    from leadsync.core.workspace import Workspace

CRM_TOKEN = "crm-planted-5Vb8Kq2Wz7"
SIGNING = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CALLBACK_SECRET = "callbacks-planted-Yt6Rr3Ee9Ww1Qq8"


def allow(folder: Path, *urls: str, **lists: list[str]) -> None:
    """Write a config file that lets columns reach these addresses."""
    places = [urlsplit(url).netloc for url in urls]
    found = {"allow_private": places, **lists}
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{name} = {items}\n" for name, items in found.items())
    (folder / "config.toml").write_text(text.replace("'", '"'), "utf-8")


def a_reaching_workspace(folder: Path, url: str, store: str = "", **more: str) -> Workspace:
    """A workspace whose columns may ask the server at `url`, with keys for it."""
    place = urlsplit(url).netloc
    allow(folder, url, http_secrets=[f"CRM_TOKEN@{place}", f"SIGNING@{place}"])
    keys = {"CRM_TOKEN": CRM_TOKEN, "SIGNING": SIGNING, "LEADSYNC_CALLBACK_SECRET": CALLBACK_SECRET}
    return a_workspace("", folder, store, **(keys | more))


def an_http_column(workspace: Workspace, base: str, key: str = "asked", **config: Any) -> Column:
    given = {"url": f"{base}/x", "params": {"email": "{{ email }}"}, "value": "text", **config}
    return add_column(workspace, ColumnSpec(key=key, kind="http", config=given))


def tasks(workspace: Workspace, key: str = "asked") -> list[Task]:
    leads = list(workspace.store.ids({}))
    return workspace.store.tasks(leads, [workspace.column(key).id])


def cells(workspace: Workspace, *keys: str) -> list[Any]:
    """Cells by lead, in order; of one column bare."""
    rows = sorted(workspace.store.scan({}, ["id", *keys]))
    return [row[1] if len(keys) == 1 else row[1:] for row in rows]


def reason(result: RunResult) -> str:
    """The only reason that a run's cells ended for, or what holds it."""
    if result.reason:
        return result.reason.partition(":")[0]
    (found,) = result.counts
    return str(found)
