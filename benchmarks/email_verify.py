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
from typing import TYPE_CHECKING

from benchmarks.measure import compare, run, timed
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
GOAL_MIB = 250.0


def main(rows: int = ROWS) -> None:
    with _server() as address, tempfile.TemporaryDirectory() as folder:
        peer, _ = timed(lambda: asyncio.run(_bare(address, _domains(rows))), rounds=1)
        process = [sys.executable, "-m", "benchmarks.email_verify"]
        run([*process, "fill", address, folder, str(rows)])
        done = run([*process, "verify", address, folder, str(rows)])
    what = (
        f"{rows:,} leads, {rows // LEADS_PER_DOMAIN:,} domains, {ANSWER_S * 1000:.0f} ms an answer"
    )
    compare(what, float(done.stdout), peer, peer_name="bare MX loop")
    compare("  memory", done.peak_mib, GOAL_MIB, peer_name="bound", unit="MiB")


def _domains(rows: int) -> list[str]:
    return [f"company{number}.com" for number in range(rows // LEADS_PER_DOMAIN)]


@contextmanager
def _server() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.servers.dns_server", str(ANSWER_S)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def _workspace(address: str, folder: Path) -> Workspace:
    settings = {"LEADSYNC_HOME": str(folder), "LEADSYNC_DNS_NAMESERVERS": address}
    return Workspace.open(load_config(environment={**settings, "USER": "ada"}))


def _fill(workspace: Workspace, rows: int) -> None:
    domains = _domains(rows)
    with workspace.store.unit("ada", "set up") as unit:
        campaign = unit.put("campaigns", new_campaign("Inbox"))
        cells = [[f"person{number}@{domains[number % len(domains)]}"] for number in range(rows)]
        unit.add_leads(campaign, ["email"], cells)
    add_column(workspace, load_recipe("verify", workspace.config))


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


def _verify(workspace: Workspace, rows: int) -> None:
    plan = make_plan(workspace, ["verify"], filter_doc={}, concurrency=WIDTH)
    result = drive(workspace, start_run(workspace, plan).id)
    assert result.counts == {"value": rows}, result


def _do(step: str, address: str, folder: Path, rows: int) -> None:
    """One step in a process of its own, whose memory is measured."""
    with _workspace(address, folder) as workspace:
        if step == "fill":
            _fill(workspace, rows)
        else:
            seconds, _ = timed(lambda: _verify(workspace, rows), rounds=1)
            print(seconds)


if __name__ == "__main__":
    _do(sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
