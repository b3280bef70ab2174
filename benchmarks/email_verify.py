"""Verification of 100,000 leads on 20,000 domains beside a bare loop over the same domains.

The peer is what a script does: dnspython's asynchronous resolver, one MX query a domain, 50 at once.
It looks at no mail host, keeps nothing and starts anew after a crash. The name server stands in a
process of its own and answers after 5 ms; it shares the cores.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measure import compare, timed
from leadsync.core.campaigns import new_campaign
from leadsync.core.columns.definitions import add_column
from leadsync.core.columns.recipes import load_recipe
from leadsync.core.config import load_config
from leadsync.core.engine.planning import make_plan
from leadsync.core.engine.running import drive
from leadsync.core.engine.starting import start_run
from leadsync.core.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROWS = 100_000
LEADS_PER_DOMAIN = 5
ANSWER_S = 0.005
WIDTH = 50


def main(rows: int = ROWS) -> None:
    domains = [f"company{number}.com" for number in range(rows // LEADS_PER_DOMAIN)]
    with (
        _server() as address,
        tempfile.TemporaryDirectory() as folder,
        _workspace(address, Path(folder), rows, domains) as workspace,
    ):
        peer, _ = timed(lambda: asyncio.run(_bare(address, domains)), rounds=1)
        ours, result = timed(lambda: _run(workspace), rounds=1)
    assert result.counts == {"value": rows}, result
    what = f"{rows:,} leads, {len(domains):,} domains, {ANSWER_S * 1000:.0f} ms an answer"
    compare(what, ours, peer, peer_name="bare MX loop")


@contextmanager
def _server() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.servers.dns_server", str(ANSWER_S)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def _workspace(address: str, folder: Path, rows: int, domains: Sequence[str]) -> Workspace:
    settings = {"LEADSYNC_HOME": str(folder), "LEADSYNC_DNS_NAMESERVERS": address}
    workspace = Workspace.open(load_config(environment={**settings, "USER": "ada"}))
    with workspace.store.unit("ada", "set up") as unit:
        campaign = unit.put("campaigns", new_campaign("Inbox"))
        cells = [[f"person{number}@{domains[number % len(domains)]}"] for number in range(rows)]
        unit.add_leads(campaign, ["email"], cells)
    add_column(workspace, load_recipe("verify", workspace.config))
    return workspace


async def _bare(address: str, domains: Sequence[str]) -> None:
    from dns.asyncresolver import Resolver
    from dns.nameserver import Do53Nameserver

    host, _, port = address.partition(":")
    resolver = Resolver(configure=False)
    resolver.nameservers = [Do53Nameserver(host, int(port))]
    left = iter(domains)

    async def work() -> None:
        for domain in left:
            await resolver.resolve(domain + ".", "MX")

    async with asyncio.TaskGroup() as group:
        for _ in range(WIDTH):
            group.create_task(work())


def _run(workspace: Workspace) -> Any:
    plan = make_plan(workspace, ["verify"], filter_doc={}, concurrency=WIDTH)
    return drive(workspace, start_run(workspace, plan).id)


if __name__ == "__main__":
    main()
