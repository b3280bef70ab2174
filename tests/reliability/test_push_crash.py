"""A push of 2,500 leads that loses an answer and its process: each lead ends right, none twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT
from tests.contract.making import assert_history_matches_cells
from tests.providers.pushing import addressed, edit, leads, opened, settings_for, states
from tests.reliability.run_making import environment
from tests.servers.http_server import Reply
from tests.servers.instantly_campaigns import CAMPAIGN, CampaignServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PUSH = ("push", "instantly", "--campaign", "Q4", "--to", CAMPAIGN, "--yes")
EMAILS = [f"p{n}@company{n}.example" for n in range(2500)]
BLOCKED, INVALID, THERE = EMAILS[::25], EMAILS[7::50], EMAILS[3::25] + EMAILS[4::25]
"""100, 50 and 200 of them, all over the batches."""


@pytest.fixture
def server() -> Iterator[CampaignServer]:
    server = CampaignServer()
    server.blocked, server.invalid = {*BLOCKED}, {*INVALID}
    for email in THERE:
        server.put(email)
    with server.running():
        yield server


def a_process(folder: Path, store: str, server: CampaignServer) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "leadsync", *PUSH],
        cwd=ROOT,
        env={**os.environ, **environment("", folder, store, **settings_for(server.url))},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.timeout(180)
@pytest.mark.parametrize("engine", ["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)])
def test_every_lead_ends_with_the_right_state_and_none_is_there_twice(
    engine: str, request: pytest.FixtureRequest, server: CampaignServer, tmp_path: Path
) -> None:
    store = request.getfixturevalue("mongo_db_url") if engine == "mongo" else ""
    third = threading.Event()

    def spoil(number: int, reply: Reply) -> Reply:
        if number == 2:
            return Reply(body=reply.body, cut=20)
        if number == 3:
            third.set()
            return Reply(body=reply.body, delay_s=120)
        return reply

    server.after_add = spoil
    with opened(server, tmp_path, store) as workspace:
        ids = leads(workspace, *addressed(*EMAILS))
        process = a_process(tmp_path, store, server)
        assert third.wait(60)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        again = a_process(tmp_path, store, server)
        said, _ = again.communicate(timeout=120)
        assert again.returncode == 0, said

        ended = states(workspace)
        wanted = dict.fromkeys(EMAILS, "created")
        wanted |= dict.fromkeys(BLOCKED, "blocked") | dict.fromkeys(INVALID, "invalid")
        wanted |= dict.fromkeys(THERE, "duplicate")
        assert ended == wanted
        assert Counter(ended.values()) == {
            "created": 2150, "blocked": 100, "invalid": 50, "duplicate": 200,
        }  # fmt: skip
        assert set(server.taken.values()) == {1}
        assert Counter(lead["email"] for lead in server.leads.values()).most_common(1)[0][1] == 1
        assert_history_matches_cells(workspace.store)

        before = len(server.requests)
        quiet = a_process(tmp_path, store, server)
        said, _ = quiet.communicate(timeout=60)
        assert (quiet.returncode, "nothing to send" in said) == (0, True), said
        assert {r.method for r in server.requests[before:]} == {"GET"}

        edit(workspace, [i for i, e in zip(ids, EMAILS, strict=True) if e not in BLOCKED][50:60],
             pitch="Better.")  # fmt: skip
        before = len(server.requests)
        last = a_process(tmp_path, store, server)
        said, _ = last.communicate(timeout=60)
        assert last.returncode == 0, said
        changes = [r for r in server.requests[before:] if r.method != "GET"]
        touched = {r.path for r in changes if r.method == "PATCH"}
        assert len(touched) + sum(len(r.json["leads"]) for r in adds(changes)) == 10


def adds(requests: list) -> list:
    return [r for r in requests if r.path == "/api/v2/leads/add"]
