"""HTTP columns over sockets: what leaves, and how each answer ends."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from standardwebhooks import Webhook

from leadsync.core.engine.cells import Scope
from leadsync.core.engine.costs import CostsBy, cost_report
from leadsync.core.engine.failures import list_unknown
from leadsync.core.engine.plan_text import result_lines, show_spent
from leadsync.core.engine.results import get_run, result_of
from leadsync.core.errors import InputError
from leadsync.core.models import CallState, Reason, RunState
from tests.providers.http_columns import (
    CRM_TOKEN,
    SIGNING,
    a_reaching_workspace,
    allow,
    an_http_column,
    cells,
    reason,
    tasks,
)
from tests.reliability.run_making import a_workspace, enrich, people, plan_of
from tests.servers.http_server import HttpServer, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.workspace import Workspace

ENGINES = ["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)]


def about(request: Request) -> Reply:
    """A look-up by e-mail."""
    email = parse_qs(urlsplit(request.path).query)["email"][0]
    return Reply(body={"text": f"About {email}", "score": 7, "found": True})


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer(about).running() as running:
        yield running


@pytest.fixture
def workspace(server: HttpServer, tmp_path: Path) -> Iterator[Workspace]:
    with a_reaching_workspace(tmp_path, server.url) as opened:
        yield opened


@pytest.mark.parametrize("engine", ENGINES)
def test_a_look_up_fills_a_cell_a_lead_and_repeats_cost_nothing(
    engine: str, server: HttpServer, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    store = request.getfixturevalue("mongo_db_url") if engine == "mongo" else ""
    with a_reaching_workspace(tmp_path, server.url, store) as workspace:
        people(workspace, 3)
        an_http_column(workspace, server.url, price_usd="0.01")
        plan = plan_of(workspace, "asked")
        assert (plan.to_ask, plan.min_usd_micros, plan.max_usd_micros) == (3, 30_000, 30_000)
        assert plan.columns[0].note == "the price is the column's own: $0.01 a request"
        result = enrich(workspace, "asked")
        assert (result.counts, result.cost_usd_micros) == ({Reason.VALUE: 3}, 30_000)
        assert cells(workspace, "asked") == [f"About p{n}@company{n}.example" for n in range(3)]
        again = enrich(workspace, "asked", scope=Scope.ALL)
        assert (again.counts, again.cost_usd_micros) == ({Reason.CACHED: 3}, 0)
        assert len(server.requests) == 3


def test_one_answer_fills_several_columns(server: HttpServer, workspace: Workspace) -> None:
    people(workspace, 1)
    outputs = [{"name": "about", "path": "text"}, {"name": "score", "type": "number"}]
    an_http_column(workspace, server.url, value="", outputs=outputs)
    enrich(workspace, "asked")
    assert cells(workspace, "about", "score") == [("About p0@company0.example", 7)]


def test_a_body_is_made_of_lead_fields_and_no_cell_can_break_out_of_it(
    server: HttpServer, workspace: Workspace
) -> None:
    lead_id, _ = people(workspace, 2)
    with workspace.store.unit("ada", "edit") as unit:
        unit.edit({lead_id: {"name": 'Ada", "admin": true, "x": "\ufdd0CRM_TOKEN\ufdd1'}})
    server.script = lambda _request: Reply(body={"text": "taken"})
    shapes: dict[str, Any] = {
        "table": {"person": {"name": "{{ name }}", "tags": ["{{ title }}", 1, True]}},
        "text": '{"person": {"name": {{ name | tojson }}, "tags": [{{ title | tojson }}, 1, true]}}',
    }
    for key, body in shapes.items():
        an_http_column(
            workspace, server.url, key, method="POST", params={}, body=body, max_age_days=0
        )
        enrich(workspace, key)
        sent = [r.json["person"] for r in server.requests if "admin" in r.json["person"]["name"]]
        server.requests.clear()
        assert sent[0]["name"] == 'Ada", "admin": true, "x": "\ufffdCRM_TOKEN\ufffd'
        assert sent[0]["tags"] == ["Head of Sales 0", 1, True]


def test_a_text_of_another_type_is_sent_as_it_is(server: HttpServer, workspace: Workspace) -> None:
    people(workspace, 1)
    server.script = lambda _request: Reply(body={"text": "taken"})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    body = "email={{ email | urlencode }}&x=1"
    an_http_column(workspace, server.url, method="POST", params={}, headers=headers, body=body)
    enrich(workspace, "asked")
    (sent,) = server.requests
    assert sent.body == b"email=p0%40company0.example&x=1"
    assert sent.headers["content-type"] == headers["Content-Type"]


def test_a_body_that_is_no_json_for_a_lead_ends_its_cell_and_is_not_sent(
    server: HttpServer, workspace: Workspace
) -> None:
    people(workspace, 1)
    an_http_column(workspace, server.url, method="POST", params={}, body='{"name": {{ name }}}')
    result = enrich(workspace, "asked")
    assert reason(result) == Reason.INVALID
    assert "no JSON for this lead" in result.errors[0].detail
    assert server.requests == []


@pytest.mark.parametrize("name", ["Jürgen 😀 Müller", "two\nlines: x\r\nX-Admin: 1", "a\x1b[2Jb"])
def test_no_cell_can_break_out_of_a_header(
    name: str, server: HttpServer, workspace: Workspace
) -> None:
    (lead_id,) = people(workspace, 1)
    with workspace.store.unit("ada", "edit") as unit:
        unit.edit({lead_id: {"title": name}})
    an_http_column(workspace, server.url, headers={"X-Title": "{{ title }}"})
    result = enrich(workspace, "asked")
    if "\x1b" in name:
        assert reason(result) == Reason.INVALID
        assert server.requests == []
    else:
        (sent,) = server.requests
        assert sent.headers["x-title"] == " ".join(name.split())
        assert "x-admin" not in sent.headers


@pytest.mark.parametrize(
    "cell",
    ["0177.0.0.1", "x y", "a..b", "[::1", "x:99999", "x" * 300, "xn--", "a@b", "ex\tample.com"],
)
def test_a_host_of_a_cell_that_is_none_ends_its_cell_alone(
    cell: str, server: HttpServer, workspace: Workspace
) -> None:
    (lead_id,) = people(workspace, 1)
    with workspace.store.unit("ada", "edit") as unit:
        unit.edit({lead_id: {"company": cell}})
    an_http_column(workspace, "", url="http://{{ company }}/", params={})
    result = enrich(workspace, "asked")
    assert reason(result) in (Reason.INVALID, Reason.TRANSIENT)
    assert "the enricher broke" not in result.errors[0].detail


def test_a_blank_field_that_the_request_needs_skips_the_lead(
    server: HttpServer, workspace: Workspace
) -> None:
    people(workspace, 1)
    an_http_column(workspace, server.url, params={"x": "{{ linkedin_url }}"})
    assert plan_of(workspace, "asked").columns[0].blank == {"linkedin_url": 1}
    assert server.requests == []


# how answers end ---------------------------------------------------------------------------------
ENDS: dict[str, tuple[Reply, dict[str, Any], str, int]] = {
    "2xx with data": (Reply(body={"text": "x"}), {}, "value", 1),
    "201": (Reply(201, {"text": "x"}), {}, "value", 1),
    "data of another shape": (Reply(body={"other": 1}), {}, "no_match", 1),
    "null": (Reply(body={"text": None}), {}, "no_match", 1),
    "an empty body": (Reply(204, b""), {}, "no_match", 1),
    "a literal of an empty body": (Reply(204, b""), {"value": "'sent'"}, "value", 1),
    "404 on a look-up": (Reply(404, {}), {}, "no_match", 1),
    "404 on an action": (Reply(404, {}), {"method": "POST"}, "invalid", 1),
    "no_match": (Reply(body={"text": "x", "n": 0}), {"no_match": "body.n == `0`"}, "no_match", 1),
    "no_match of an error": (
        Reply(422, {"code": "unknown_person"}),
        {"no_match": "body.code == 'unknown_person'"},
        "no_match",
        1,
    ),
    "success": (Reply(body={"ok": False, "text": "x"}), {"success": "body.ok"}, "invalid", 1),
    "success of a 409": (
        Reply(409, {"text": "there already"}),
        {"success": "status == `200` || status == `409`"},
        "value",
        1,
    ),
    "error in a 200": (
        Reply(body={"error": "no such plan"}),
        {"error": "body.error"},
        "invalid",
        1,
    ),
    "400": (Reply(400, {"message": "wrong"}), {}, "invalid", 1),
    "409": (Reply(409, {}), {}, "invalid", 1),
    "413": (Reply(413, {}), {}, "invalid", 1),
    "415": (Reply(415, {}), {}, "invalid", 1),
    "422": (Reply(422, {"detail": "wrong"}), {}, "invalid", 1),
    "401": (Reply(401, {}), {}, "auth", 1),
    "403": (Reply(403, {}), {}, "auth", 1),
    "402": (Reply(402, {}), {}, "exhausted", 1),
    "quota in words": (Reply(400, {"message": "quota exceeded"}), {}, "exhausted", 1),
    "451": (Reply(451, {}), {}, "refused", 1),
    "429": (Reply(429, {}), {}, "throttled", 6),
    "408": (Reply(408, {}), {}, "transient", 6),
    "500": (Reply(500, {}), {}, "transient", 6),
    "503 of an action": (Reply(503, {}), {"method": "POST"}, "transient", 6),
    "no JSON": (Reply(body="it works"), {}, "invalid", 2),
    "a page": (
        Reply(body="<html>log in</html>", headers={"Content-Type": "text/html"}),
        {},
        "invalid",
        2,
    ),
    "a path that does not fit": (
        Reply(body={"text": 7}),
        {"value": "length(text)"},
        "invalid",
        2,
    ),
    "11 MB": (Reply(body=b"x" * 11_000_000), {"method": "POST"}, "unknown", 1),
    "a redirect": (Reply(302, b"", {"Location": "/y"}), {}, "invalid", 1),
    "a cut answer to a GET": (Reply(body={"text": "x"}, cut=60), {}, "unknown", 2),
    "a cut answer to a POST": (Reply(body={"text": "x"}, cut=60), {"method": "POST"}, "unknown", 1),
    "no status line to a HEAD": (Reply(cut=0), {"method": "HEAD"}, "unknown", 2),
    "no status line to a PUT": (Reply(cut=0), {"method": "PUT"}, "unknown", 2),
    "no status line to a PATCH": (Reply(cut=0), {"method": "PATCH"}, "unknown", 1),
    "no status line to a POST": (Reply(cut=0), {"method": "POST"}, "unknown", 1),
    "no status line to a POST with a key": (
        Reply(cut=0),
        {"method": "POST", "idempotency_header": "Idempotency-Key"},
        "unknown",
        2,
    ),
}


@pytest.mark.parametrize(("reply", "config", "end", "requests"), ENDS.values(), ids=ENDS)
def test_an_answer_ends_as_the_table_says(
    reply: Reply,
    config: dict[str, Any],
    end: str,
    requests: int,
    server: HttpServer,
    workspace: Workspace,
) -> None:
    people(workspace, 1)
    an_http_column(workspace, server.url, **config)
    server.script = lambda _request: reply
    result = enrich(workspace, "asked")
    assert (reason(result), len(server.requests)) == (end, requests)
    broken = [group for group in result.errors if "gave an invalid answer" in group.detail]
    assert all(g.remedy.startswith("the provider's answer is at fault") for g in broken)


def test_a_miss_is_kept_like_a_value(server: HttpServer, workspace: Workspace) -> None:
    people(workspace, 1)
    an_http_column(workspace, server.url)
    server.script = lambda _request: Reply(404, {})
    for _ in range(2):
        assert enrich(workspace, "asked", scope=Scope.ALL).counts == {Reason.NO_MATCH: 1}
    assert len(server.requests) == 1


def test_what_failed_by_the_columns_own_rules_is_not_kept(
    server: HttpServer, workspace: Workspace
) -> None:
    people(workspace, 1)
    an_http_column(workspace, server.url, success="body.ok")
    server.script = lambda request: Reply(body={"ok": request.number > 1, "text": "x"})
    assert reason(enrich(workspace, "asked")) == Reason.INVALID
    assert reason(enrich(workspace, "asked")) == Reason.VALUE


def test_an_answer_judged_by_its_headers_is_not_kept(
    server: HttpServer, workspace: Workspace
) -> None:
    people(workspace, 1)
    an_http_column(workspace, server.url, success="headers.\"x-state\" == 'good'")
    server.script = lambda _request: Reply(body={"text": "x"}, headers={"X-State": "good"})
    for _ in range(2):
        assert enrich(workspace, "asked", scope=Scope.ALL).counts == {Reason.VALUE: 1}
    assert len(server.requests) == 2


def test_an_age_of_nothing_sends_each_request(server: HttpServer, workspace: Workspace) -> None:
    people(workspace, 1)
    an_http_column(workspace, server.url, max_age_days=0)
    for _ in range(2):
        assert enrich(workspace, "asked", scope=Scope.ALL).counts == {Reason.VALUE: 1}
    assert len(server.requests) == 2


def test_a_time_out_of_the_column_ends_the_wait(server: HttpServer, workspace: Workspace) -> None:
    people(workspace, 1)
    server.script = lambda _request: Reply(body={"text": "x"}, delay_s=20)
    an_http_column(workspace, server.url, timeout_s=1, method="POST")
    assert reason(enrich(workspace, "asked")) == Reason.UNKNOWN


def test_a_lost_answer_stays_unknown_until_somebody_asks_again(
    server: HttpServer, workspace: Workspace
) -> None:
    people(workspace, 1)
    an_http_column(workspace, server.url, method="POST", price_usd="0.5")
    server.script = lambda request: Reply(
        body={"text": "x"}, cut=0 if request.number == 1 else None
    )
    result = enrich(workspace, "asked")
    assert (reason(result), result.at_most_usd_micros) == (Reason.UNKNOWN, 500_000)
    assert enrich(workspace, "asked").planned == 0
    again = enrich(workspace, "asked", scope=Scope.FAILED, reason=Reason.UNKNOWN)
    assert reason(again) == Reason.VALUE
    assert reason(enrich(workspace, "asked", scope=Scope.ALL)) == Reason.CACHED
    assert len(server.requests) == 2


def test_a_lost_answer_of_unknown_price_is_told_alike_everywhere(
    server: HttpServer, workspace: Workspace
) -> None:
    people(workspace, 1)
    an_http_column(workspace, server.url, method="POST")
    server.script = lambda _request: Reply(cut=0)
    result = enrich(workspace, "asked")
    assert "+ 1 call of unknown price may be billed" in " ".join(result_lines(result))
    assert result_of(workspace, result.run_id).unpriced_lost == 1
    (cell,) = list_unknown(workspace)
    assert cell.at_most_usd_micros is None
    (line,) = cost_report(workspace, CostsBy.RUN)
    assert (line.lost_unpriced, line.at_most_usd_micros) == (1, 0)
    assert show_spent(get_run(workspace, result.run_id)) == "price unknown"


def test_the_key_of_repeats_is_the_same_within_a_run_and_another_one_in_the_next(
    server: HttpServer, workspace: Workspace
) -> None:
    people(workspace, 1)
    an_http_column(
        workspace, server.url, method="POST", idempotency_header="Idempotency-Key", max_age_days=0
    )
    server.script = lambda request: [
        Reply(cut=0), Reply(500, {}), Reply(body={"text": "x"}), Reply(body={"text": "x"}),
    ][request.number - 1]  # fmt: skip
    enrich(workspace, "asked")
    enrich(workspace, "asked", scope=Scope.ALL)
    keys = [request.headers["idempotency-key"] for request in server.requests]
    assert len(keys) == 4
    assert keys[0] == keys[1] == keys[2] != keys[3]


def test_requests_are_signed_by_standard_webhooks(server: HttpServer, workspace: Workspace) -> None:
    people(workspace, 1)
    server.script = lambda request: Reply(503 if request.number == 1 else 200, {"text": "x"})
    body = {"email": "{{ email }}", "name": "Jürgen"}
    an_http_column(workspace, server.url, method="POST", params={}, body=body, sign_with="SIGNING")
    assert reason(enrich(workspace, "asked")) == Reason.VALUE
    for request in server.requests:
        assert Webhook(SIGNING).verify(request.body, request.headers)["name"] == "Jürgen"
    assert len({request.headers["webhook-id"] for request in server.requests}) == 1


# redirects ---------------------------------------------------------------------------------------
def test_redirects_are_followed_where_the_column_says_so(
    server: HttpServer, workspace: Workspace
) -> None:
    people(workspace, 1)

    def script(request: Request) -> Reply:
        if request.path.startswith("/x"):
            return Reply(302, b"", {"Location": "/y"})
        return Reply(body={"text": "moved"})

    server.script = script
    an_http_column(workspace, server.url, redirects=True, headers={"X-Plan": "free"})
    enrich(workspace, "asked")
    assert cells(workspace, "asked") == ["moved"]
    assert [request.headers.get("x-plan") for request in server.requests] == ["free", "free"]


def test_a_redirect_to_another_host_gets_no_headers_and_is_checked(
    server: HttpServer, tmp_path: Path
) -> None:
    with HttpServer(lambda _request: Reply(body={"text": "there"})).running() as other:
        server.script = lambda _request: Reply(302, b"", {"Location": f"{other.url}/z"})
        place = server.url.removeprefix("http://")
        allow(tmp_path, server.url, other.url, http_secrets=[f"CRM_TOKEN@{place}"])
        headers = {"Authorization": 'Bearer {{ secret("CRM_TOKEN") }}'}
        with a_workspace("", tmp_path, CRM_TOKEN=CRM_TOKEN) as workspace:
            people(workspace, 1)
            an_http_column(workspace, server.url, redirects=True, headers=headers)
            assert reason(enrich(workspace, "asked")) == Reason.VALUE
        assert CRM_TOKEN not in str([request.headers for request in other.requests])
        other.requests.clear()
        allow(tmp_path, server.url, http_secrets=[f"CRM_TOKEN@{place}"])
        with a_workspace("", tmp_path, CRM_TOKEN=CRM_TOKEN) as workspace:
            result = enrich(workspace, "asked", scope=Scope.ALL, no_cache=True)
        assert reason(result) == Reason.INVALID
        assert "loopback addresses" in result.errors[0].detail
        assert other.requests == []


def test_redirects_end_after_three(server: HttpServer, workspace: Workspace) -> None:
    people(workspace, 1)
    server.script = lambda request: Reply(302, b"", {"Location": f"/{request.number}"})
    an_http_column(workspace, server.url, redirects=True)
    assert reason(enrich(workspace, "asked")) == Reason.INVALID
    assert len(server.requests) == 4


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://x/", "gopher://x/"])
def test_a_redirect_out_of_http_is_not_followed(
    target: str, server: HttpServer, workspace: Workspace
) -> None:
    people(workspace, 1)
    server.script = lambda _request: Reply(302, b"", {"Location": target})
    an_http_column(workspace, server.url, redirects=True)
    assert reason(enrich(workspace, "asked")) == Reason.INVALID


# where it may go, and with which keys --------------------------------------------------------------
def test_a_column_reaches_nothing_inside_that_the_config_file_does_not_list(
    server: HttpServer, tmp_path: Path
) -> None:
    with a_workspace("", tmp_path) as workspace:
        people(workspace, 2)
        an_http_column(workspace, server.url)
        result = enrich(workspace, "asked")
    assert result.counts == {Reason.INVALID: 2}
    assert "allow_private" in result.errors[0].detail
    assert server.requests == []
    calls = workspace.store.calls(run_id=result.run_id)
    assert {(call.state, call.cost_usd_micros) for call in calls} == {(CallState.LOST, 0)}


def test_an_address_of_a_lead_is_checked_like_any_other(
    server: HttpServer, workspace: Workspace
) -> None:
    lead_id, _ = people(workspace, 2)
    with workspace.store.unit("ada", "edit") as unit:
        unit.edit({lead_id: {"linkedin_url": "http://169.254.169.254/latest"}})
    an_http_column(workspace, "", url="{{ linkedin_url }}", params={})
    result = enrich(workspace, "asked", scope=Scope.ALL)
    assert result.counts == {Reason.INVALID: 1}
    assert "link-local" in result.errors[0].detail


def test_a_key_is_sent_and_stands_nowhere_else(
    server: HttpServer, workspace: Workspace, tmp_path: Path
) -> None:
    people(workspace, 1)
    server.script = lambda request: Reply(body={"text": request.headers["authorization"]})
    body = {"token": '{{ secret("CRM_TOKEN") }}', "email": "{{ email }}"}
    an_http_column(
        workspace,
        server.url,
        method="POST",
        url=server.url + '/{{ secret("CRM_TOKEN") }}/x',
        params={"key": '{{ secret("CRM_TOKEN") }}'},
        headers={"Authorization": "Bearer {{ secret('CRM_TOKEN') }}"},
        body=body,
    )
    enrich(workspace, "asked")
    (sent,) = server.requests
    assert sent.headers["authorization"] == f"Bearer {CRM_TOKEN}"
    assert sent.json["token"] == CRM_TOKEN
    assert sent.path.startswith(f"/{CRM_TOKEN}/x?key={CRM_TOKEN}")
    assert cells(workspace, "asked") == ["Bearer [key hidden]"]
    (call,) = workspace.store.calls(run_id=1)
    assert call.request["body"]["token"] == "[secret CRM_TOKEN]"
    assert call.request["headers"] == {"Authorization": "Bearer [secret CRM_TOKEN]"}
    everything = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert CRM_TOKEN.encode() not in everything


@pytest.mark.parametrize("part", ["headers", "params", "body", "sign_with"])
def test_a_key_goes_to_no_host_for_which_it_is_not_listed(
    part: str, server: HttpServer, workspace: Workspace
) -> None:
    people(workspace, 2)
    theirs: Any = {"X-Key": '{{ secret("OPENAI_API_KEY") }}'}
    config: dict[str, Any] = {part: "OPENAI_API_KEY" if part == "sign_with" else theirs}
    an_http_column(workspace, server.url, method="POST", **config)
    result = enrich(workspace, "asked", concurrency=1)
    assert result.state is RunState.HELD
    assert 'the key "OPENAI_API_KEY" may not be sent to 127.0.0.1' in result.reason
    assert server.requests == []


def test_a_key_cannot_stand_in_a_host(server: HttpServer, workspace: Workspace) -> None:
    people(workspace, 1)
    an_http_column(workspace, "", url='http://{{ secret("CRM_TOKEN") }}.evil.example/', params={})
    result = enrich(workspace, "asked")
    assert "a key cannot stand in the host" in result.errors[0].detail


# definitions that cannot work ----------------------------------------------------------------------
MISFITS: dict[str, tuple[dict[str, Any], str]] = {
    "file": ({"url": "file:///etc/passwd"}, "no http or https address"),
    "gopher": ({"url": "gopher://x.example/{{ email }}"}, "no http or https address"),
    "no host": ({"url": "https:///x"}, "no http or https address"),
    "octal": ({"url": "http://0177.0.0.1/"}, "no http or https address"),
    "decimal": ({"url": "http://2130706433/"}, "no host name"),
    "user": ({"url": "https://ada:secret@x.example/"}, "user and password"),
    "path": ({"value": "a["}, '"a[" is no JMESPath'),
    "field": ({"body": {"x": "{{ emial }}"}, "method": "POST"}, 'did you mean "email"'),
    "body of a GET": ({"body": {"x": "1"}}, "a GET or HEAD has no body"),
    "value and outputs": ({"outputs": [{"name": "x"}]}, "a value or outputs"),
    "header": ({"headers": {"Host": "x"}}, '"Host" is no header'),
    "octal in full": ({"url": "http://0x7f.0.0.1/"}, "no host name"),
    "header line": ({"headers": {"X: y\r\nZ": "x"}}, "is no header"),
    "key": ({"headers": {"X": '{{ secret("CRM_TOKEN") | upper }}'}}, "stands alone"),
    "key name": ({"sign_with": "x y"}, "no name of a key"),
    "batch": ({"batch_size": 10, "method": "POST"}, "match and item"),
    "poll": ({"mode": "poll"}, "handle, poll_url and done"),
    "callback": ({"mode": "callback"}, "does not say where to call back"),
    "callback elsewhere": ({"params": {"x": "{{ callback_url }}"}}, "callback_url"),
    "unknown": ({"retries": 3}, 'no setting "retries"'),
}


@pytest.mark.parametrize(("config", "words"), MISFITS.values(), ids=MISFITS)
def test_a_definition_that_cannot_work_is_refused_when_it_is_saved(
    config: dict[str, Any], words: str, workspace: Workspace
) -> None:
    with pytest.raises(InputError) as caught:
        an_http_column(workspace, "https://x.example", **config)
    assert words in caught.value.message


# batches -----------------------------------------------------------------------------------------
def a_batch_column(workspace: Workspace, server: HttpServer, **config: Any) -> None:
    given: dict[str, Any] = {
        "method": "POST",
        "params": {},
        "batch_size": 10,
        "item": {"email": "{{ email }}", "title": "{{ title }}"},
        "body": {"people": "{{ items }}"},
        "results": "data",
        "match": {"item": "mail", "field": "email", "compare": "email"},
        "price_usd": "0.01",
    }
    an_http_column(workspace, server.url, **(given | config))


@pytest.mark.parametrize("body", [{"people": "{{ items }}"}, '{"people": {{ items }}}'], ids=str)
def test_a_batch_is_one_request_whose_items_find_their_leads(
    body: Any, server: HttpServer, workspace: Workspace
) -> None:
    leads = people(workspace, 5)
    with workspace.store.unit("ada", "edit") as unit:
        unit.edit({leads[4]: {"title": None}})

    def script(request: Request) -> Reply:
        items = [
            {"mail": person["email"].upper(), "text": f"About {person['email']}"}
            for person in reversed(request.json["people"])
            if not person["email"].startswith("p1@")
        ]
        items[0]["text"] = ""
        return Reply(body={"data": [*items, {"mail": "who@nobody.example", "text": "?"}]})

    server.script = script
    a_batch_column(workspace, server, body=body)
    result = enrich(workspace, "asked")
    assert len(server.requests) == 1
    assert result.counts == {Reason.VALUE: 2, Reason.NO_MATCH: 2}
    assert result.cost_usd_micros == 10_000
    assert cells(workspace, "asked") == [
        "About p0@company0.example", None, "About p2@company2.example", None, None,
    ]  # fmt: skip
    assert sum(task.meta["costUsdMicros"] for task in tasks(workspace)) == 10_000


def test_a_plan_counts_the_requests_of_a_batch(server: HttpServer, workspace: Workspace) -> None:
    people(workspace, 25)
    a_batch_column(workspace, server)
    (asked,) = plan_of(workspace, "asked").providers
    assert (asked.calls, dict(asked.max_units)) == (3, {"call": 25})  # at most: each lead alone


def test_items_of_a_batch_may_each_say_no(server: HttpServer, workspace: Workspace) -> None:
    people(workspace, 3)
    states = {"p0": "ok", "p1": "unknown", "p2": "broken"}
    server.script = lambda request: Reply(
        body={
            "data": [
                {"mail": p["email"], "text": "x", "state": states[p["email"][:2]]}
                for p in request.json["people"]
            ]
        }
    )
    error = "body.state == 'broken' && 'it is broken'"
    a_batch_column(workspace, server, no_match="body.state == 'unknown'", error=error)
    result = enrich(workspace, "asked")
    assert result.counts == {Reason.VALUE: 1, Reason.NO_MATCH: 1, Reason.INVALID: 1}
    assert "it is broken" in result.errors[0].detail


def test_a_batch_without_a_list_is_asked_once_more_and_then_invalid(
    server: HttpServer, workspace: Workspace
) -> None:
    people(workspace, 2)
    server.script = lambda _request: Reply(body={"data": "nothing"})
    a_batch_column(workspace, server)
    assert enrich(workspace, "asked").counts == {Reason.INVALID: 2}


def test_the_rate_of_a_column_is_kept(server: HttpServer, workspace: Workspace) -> None:
    people(workspace, 11)
    an_http_column(workspace, server.url, per_s=20)
    began = time.monotonic()
    enrich(workspace, "asked")
    assert server.requests[-1].at - began >= 0.45


def test_the_journal_says_what_was_sent(server: HttpServer, workspace: Workspace) -> None:
    people(workspace, 1)
    an_http_column(workspace, server.url)
    enrich(workspace, "asked")
    (call,) = workspace.store.calls(run_id=1)
    assert call.provider == server.url.removeprefix("http://")
    assert call.request == {
        "method": "GET",
        "url": f"{server.url}/x",
        "params": {"email": "p0@company0.example"},
    }
    assert json.loads(json.dumps(call.response))["body"]["score"] == 7
