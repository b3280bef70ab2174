"""A sick provider harms only its own column."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from leadsync.core.columns.column_file import ColumnSpec
from leadsync.core.columns.definitions import add_column
from leadsync.core.engine.running import StopSignal, drive
from leadsync.core.models import Reason
from tests.plugin.installed import kind_echo
from tests.reliability.run_making import a_workspace, filled, hasty, people, started
from tests.servers.http_server import HttpServer, Reply, Request

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(60)
NUMBER = 30
HUGE = b'{"text": "' + b"x" * 50_000_000 + b'"}'
SICKNESSES = {
    "429s": Reply(429, {}),
    "429s with a time": Reply(429, {}, {"Retry-After": "0.01"}),
    "500s": Reply(500, {}),
    "503s": Reply(503, "busy"),
    "cut bodies": Reply(body={"text": "cut" * 100}, cut=200),
    "malformed JSON": Reply(body='{"text": '),
    "another type": Reply(body="<html>", headers={"Content-Type": "text/html"}),
    "50 MB": Reply(body=HUGE),
    "a slow drip": Reply(body={"text": "drop by drop"}, drip_s=0.5),
}


def healthy(request: Request) -> Reply:
    return Reply(body={"text": f"About {request.json['leads'][0]}"}, delay_s=0.01)


@pytest.mark.parametrize("sickness", [*SICKNESSES, "no such host"])
def test_another_column_of_the_same_process_goes_on(sickness: str, tmp_path: Path) -> None:
    def sick(_request: Request) -> Reply:
        return SICKNESSES[sickness]

    with (
        HttpServer(healthy).running() as good,
        HttpServer(sick).running() as bad,
        kind_echo(),
        a_workspace(good.url, tmp_path) as workspace,
    ):
        people(workspace, NUMBER)
        bad_url = "http://no-such-host.invalid" if sickness == "no such host" else bad.url
        for key, url, provider in (("ill", bad_url, "sick"), ("well", good.url, "asked")):
            config = {"url": f"{url}/{key}", "price": 10, "provider": provider}
            add_column(workspace, ColumnSpec(key=key, label=key, kind="ask", config=config))
        stop = StopSignal()

        def stop_when_the_other_is_done() -> None:
            good.wait_for(NUMBER, timeout_s=20)
            stop.request()

        thread = threading.Thread(target=stop_when_the_other_is_done)
        run = started(workspace, "ill", "well", concurrency=8)
        thread.start()
        result = drive(workspace, run.id, stop=stop, pace=hasty(grace_s=0.5))
        thread.join()
        asked = len(good.requests), len(bad.requests)
        assert filled(workspace, "well") == NUMBER
        assert filled(workspace, "ill") == 0
        assert result.counts[Reason.VALUE] == NUMBER
        assert (len(good.requests), len(bad.requests)) == asked
