"""Under which names the page of `leadsync serve --grid` is reached, and under which it cannot be."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web

from leadsync.core.access.rights import Role
from leadsync.core.access.users import add_user
from leadsync.core.config import load_config
from leadsync.core.engine.stop import StopSignal
from leadsync.core.errors import InputError
from leadsync.core.workspace import Workspace
from leadsync.tui.browser.door import Door
from leadsync.tui.browser.server import GridServer, Page, serve_grid
from tests.browser.test_grid_in_a_browser import FAST, PASSWORD

if TYPE_CHECKING:
    from pathlib import Path

    from leadsync.core.config import Config


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Of a store with one user."""
    found = load_config({}, {"LEADSYNC_HOME": str(tmp_path), "USER": "ada"})
    with Workspace.open(found) as workspace:
        add_user(workspace, "ada@team.example", PASSWORD, role=Role.OWNER, cost=FAST)
    return found


def refusal(config: Config, **where: str) -> str:
    with pytest.raises(InputError) as refused:
        serve_grid(
            config,
            Page(port=0, is_remote=True, **where),  # type: ignore[arg-type]
            stop=StopSignal(),
            on_open=print,
        )
    return f"{refused.value.message}; {refused.value.next_step}"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", ""])
def test_every_address_of_the_machine_needs_a_name(config: Config, host: str) -> None:
    assert "nobody could come in; say how others reach" in refusal(config, host=host)


@pytest.mark.parametrize(
    "url",
    [
        "crm.example.com", "crm.example.com:8766", "//crm.example.com", "ftp://crm.example.com",
        "https://", "https://crm.example.com/grid", "https://crm.example.com/?a=b", "https://[::1",
        "https://crm.example.com:x", "https://ada:x@crm.example.com", "https://crm example.com",
    ],
)  # fmt: skip
def test_a_public_url_that_is_none_is_refused(config: Config, url: str) -> None:
    assert "is no address at which a proxy could show the grid" in refusal(config, public_url=url)


def test_hosts_are_known_in_each_way_to_write_them() -> None:
    door = Door(80, "2001:DB8::1", "https://CRM.Example.com:443/", print)
    assert {"localhost", "localhost:80", "[2001:db8::1]", "[::1]:80"} <= door.hosts
    assert {"crm.example.com", "crm.example.com:443"} <= door.hosts
    assert door.is_secure
    assert "crm.example.com" not in Door(8766, "::1", "http://crm.example.com:8443", print).hosts


def test_a_browser_comes_in_under_the_public_name_whatever_its_case(config: Config) -> None:
    async def main() -> dict[str, int]:
        server = GridServer(config)
        runner = web.AppRunner(server.application())
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            port = int(runner.addresses[0][1])
            where = Page("0.0.0.0", port, is_remote=True, public_url="http://Crm.example.com/")
            await server.begin(port, where, print)
            found = dict[str, int]()
            async with aiohttp.ClientSession() as session:
                for host in ("CRM.example.com", "crm.example.com:80", "evil.example"):
                    headers, url = {"Host": host}, f"http://127.0.0.1:{port}/login"
                    async with session.get(url, headers=headers) as answer:
                        found[host] = answer.status
            return found
        finally:
            await runner.cleanup()

    found = asyncio.run(main())
    assert found == {"CRM.example.com": 200, "crm.example.com:80": 200, "evil.example": 403}
