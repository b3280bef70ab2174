"""Hunter's verification, over a socket: it needs time, it fails, and it is charged once."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import pytest

from leadsync.core.columns.column_file import ColumnSpec
from leadsync.core.columns.definitions import add_column
from leadsync.core.models import Reason
from tests.providers.finding import cells, leads, opened, recording
from tests.providers.vendor_specs import check_parameters, check_response, needs_specs
from tests.reliability.run_making import counted_calls, enrich
from tests.servers.http_server import Reply
from tests.servers.hunter_server import NO_TALK, STILL_AT_IT, HunterServer, error, verified

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.workspace import Workspace

SPEC = "hunter/hunter-email-verifier-api-openapi.yml"
COVERED = ("GET /email-verifier",)
PATH = "/email-verifier"


@pytest.fixture
def server() -> Iterator[HunterServer]:
    server = HunterServer()
    with server.running():
        yield server


@pytest.fixture
def workspace(server: HunterServer, tmp_path: Path) -> Iterator[Workspace]:
    with opened("hunter", server, tmp_path) as found:
        leads(found, {"email": "ada@acme.de"})
        config = {"provider": "hunter", "dns": False}
        add_column(found, ColumnSpec(key="who", kind="email_verify", config=config))
        yield found


@pytest.mark.parametrize("polls", [1, 5])
def test_202_is_asked_again_for_nothing_until_the_verdict_is_there(
    polls: int, server: HunterServer, workspace: Workspace
) -> None:
    server.says[PATH] = [STILL_AT_IT] * polls + [verified("valid")]
    result = enrich(workspace, "who")
    assert (result.counts, cells(workspace)) == ({Reason.VALUE: 1}, [("deliverable",)])
    assert len(server.asked(PATH)) == polls + 1
    assert (result.units, server.charged["verifications"]) == ({"verification": 1}, 1)
    assert counted_calls(workspace) == {"hunter": 1}


def test_after_five_looks_nobody_knows(server: HunterServer, workspace: Workspace) -> None:
    server.says[PATH] = [STILL_AT_IT]
    assert enrich(workspace, "who").counts == {Reason.VALUE: 1}
    assert (cells(workspace), len(server.asked(PATH))) == ([("unknown",)], 6)


def test_222_is_tried_later_and_not_kept(server: HunterServer, workspace: Workspace) -> None:
    server.says[PATH] = [NO_TALK, NO_TALK, verified("invalid")]
    assert enrich(workspace, "who").counts == {Reason.VALUE: 1}
    assert (cells(workspace), len(server.asked(PATH))) == ([("undeliverable",)], 3)


ENDS = {
    "400": (error(400, "The email is invalid"), Reason.INVALID, 1),
    "404": (error(404), Reason.INVALID, 1),
    "451": (error(451), Reason.REFUSED, 1),
    "429 for ever, with credits left": (error(429), Reason.THROTTLED, 6),
    "222 for ever": (NO_TALK, Reason.TRANSIENT, 6),
    "another word": (verified("sure"), Reason.INVALID, 2),
    "no JSON": (Reply(body="it works"), Reason.INVALID, 2),
}


@pytest.mark.parametrize(("reply", "reason", "requests"), ENDS.values(), ids=ENDS)
def test_what_concerns_one_address_ends_its_cell(
    reply: Reply, reason: Reason, requests: int, server: HunterServer, workspace: Workspace
) -> None:
    server.says[PATH] = [reply]
    result = enrich(workspace, "who")
    assert (result.counts, len(server.asked(PATH))) == ({reason: 1}, requests)


@needs_specs
def test_what_is_sent_and_what_the_server_answers_fits_the_vendors_description(
    server: HunterServer, workspace: Workspace
) -> None:
    seen = recording(server)
    server.says[PATH] = [error(429), verified("accept_all", accept_all=True)]
    enrich(workspace, "who")
    asked = [(request, reply) for request, reply in seen if request.path.startswith(PATH)]
    assert len(asked) == 2
    for request, reply in asked:
        names = {name for name, _ in parse_qsl(urlsplit(request.path).query)} | {"api_key"}
        check_parameters(SPEC, COVERED[0], names)
        check_response(SPEC, COVERED[0], reply.status, reply.body)
