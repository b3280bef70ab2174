"""The default reading of HTTP, row by row, over sockets."""

from __future__ import annotations

import asyncio
import gzip
import json
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from leadsync.core.columns.column_file import ColumnSpec
from leadsync.core.columns.definitions import add_column
from leadsync.core.engine.enricher import Answer
from leadsync.core.engine.http_client import MAX_ANSWER_BYTES, AnswerTooLong, new_client, was_sent
from leadsync.core.engine.http_reading import message_of, outcome_of, send
from leadsync.core.engine.outcomes import (
    Held,
    HeldWhy,
    Invalid,
    NoMatch,
    Refused,
    Retry,
    RetryWhy,
)
from leadsync.core.models import Reason
from tests.plugin.installed import kind_echo
from tests.reliability.run_making import a_workspace, enrich, people
from tests.servers.http_server import HttpServer, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadsync.core.engine.events import RunResult
    from leadsync.core.engine.outcomes import Outcome


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer().running() as running:
        yield running


def ask(server: HttpServer, method: str = "GET", path: str = "/x", **options: Any) -> Answer:
    async def asking() -> Answer:
        answer_s = options.pop("answer_s", 30.0)
        async with new_client(2, lambda: True, answer_s=answer_s) as http:
            return await send(http, method, server.url + path, **options)

    return asyncio.run(asking())


def read(server: HttpServer, reply: Reply, *, is_look_up: bool = False) -> Outcome | None:
    server.script = lambda _request: reply
    return outcome_of("acme", ask(server), is_look_up=is_look_up)


STATUSES: list[tuple[int, Any, str]] = [
    (400, {"error": {"message": "no such field"}}, "Invalid"),
    (404, {"message": "no such list"}, "Invalid"),
    (409, {}, "Invalid"),
    (413, {}, "Invalid"),
    (415, {}, "Invalid"),
    (422, {"detail": "not a domain"}, "Invalid"),
    (401, {}, "auth"),
    (403, {"error": "scope missing"}, "auth"),
    (402, {}, "exhausted"),
    (400, {"message": "Not enough credits"}, "exhausted"),
    (403, {"errors": [{"details": "your quota is used up"}]}, "exhausted"),
    (422, {"error": "billing is not active"}, "exhausted"),
    (408, {}, "transient"),
    (425, {}, "transient"),
    (429, {}, "throttled"),
    (500, {}, "transient"),
    (502, "<html>bad gateway</html>", "transient"),
    (503, {}, "transient"),
    (504, {}, "transient"),
    (451, {"message": "asked not to be processed"}, "Refused"),
]


@pytest.mark.parametrize(("status", "body", "meaning"), STATUSES)
def test_each_status_has_its_meaning(
    server: HttpServer, status: int, body: Any, meaning: str
) -> None:
    outcome = read(server, Reply(status, body))
    match outcome:
        case Held() | Retry():
            assert outcome.why == meaning
        case _:
            assert type(outcome).__name__ == meaning
            assert isinstance(outcome, (Invalid, Refused))
            assert message_of(body) in outcome.detail


def test_data_is_left_to_be_read_and_no_data_is_no_match(server: HttpServer) -> None:
    assert read(server, Reply(body={"email": "a@b.example"})) is None
    assert read(server, Reply(201, {"id": 7})) is None
    for empty in ("", {}, [], None):
        assert read(server, Reply(body=empty)) == NoMatch()
    assert read(server, Reply(404, {}), is_look_up=True) == NoMatch()


def test_retry_after_is_kept_to_where_it_is_given(server: HttpServer) -> None:
    outcome = read(server, Reply(429, {}, {"Retry-After": "7"}))
    assert isinstance(outcome, Retry)
    assert (outcome.why, outcome.after_s) == (RetryWhy.THROTTLED, 7)


def test_an_answer_that_is_no_json_is_asked_for_once_more_then_invalid(server: HttpServer) -> None:
    outcome = read(server, Reply(body='{"email": "a@b.exa'))
    assert isinstance(outcome, Retry)
    assert outcome.tries == 2
    assert isinstance(outcome.otherwise, Invalid)
    assert '{"email": "a@b.exa' in outcome.otherwise.detail
    deep = read(server, Reply(body="[" * 100_000))
    assert isinstance(deep, Retry)


def test_redirects_are_followed_for_get_at_the_same_host_three_times(server: HttpServer) -> None:
    def script(request: Request) -> Reply:
        hops = int(request.path.rpartition("/")[2])
        if hops:
            return Reply(302, {}, {"Location": f"/hop/{hops - 1}"})
        return Reply(body={"path": request.path, "key": request.headers.get("x-key")})

    server.script = script
    found = ask(server, path="/hop/3", headers={"X-Key": "k"})
    assert found.body == {"path": "/hop/0", "key": "k"}
    assert outcome_of("acme", ask(server, path="/hop/4")) is not None
    before = len(server.requests)
    posted = ask(server, "POST", "/hop/1", body={"a": 1})
    assert (posted.status, len(server.requests)) == (302, before + 1)


def test_a_key_does_not_follow_a_redirect_to_another_host(server: HttpServer) -> None:
    with HttpServer().running() as stranger:
        server.script = lambda _request: Reply(302, {}, {"Location": f"{stranger.url}/steal"})
        outcome = outcome_of("acme", ask(server, headers={"X-Key": "k"}))
        assert stranger.requests == []
    assert isinstance(outcome, Held)
    assert outcome.why is HeldWhy.AUTH


def test_a_long_answer_is_not_read_to_its_end(server: HttpServer) -> None:
    server.script = lambda _request: Reply(body=b'"' + b"x" * (MAX_ANSWER_BYTES + 1) + b'"')
    with pytest.raises(AnswerTooLong):
        ask(server)


def test_a_small_answer_that_unpacks_to_a_huge_one_is_not_unpacked(server: HttpServer) -> None:
    packed = gzip.compress(b'"' + b"x" * (3 * MAX_ANSWER_BYTES) + b'"')
    assert len(packed) < 100_000
    server.script = lambda _request: Reply(body=packed, headers={"Content-Encoding": "gzip"})
    with pytest.raises(AnswerTooLong):
        ask(server)


def test_an_answer_that_was_packed_without_being_asked_is_read(server: HttpServer) -> None:
    packed = gzip.compress(json.dumps({"email": "a@b.example"}).encode())
    server.script = lambda _request: Reply(body=packed, headers={"Content-Encoding": "gzip"})
    assert ask(server).body == {"email": "a@b.example"}


def test_a_dripping_answer_has_an_end(server: HttpServer) -> None:
    server.script = lambda _request: Reply(body="x" * 1000, drip_s=0.02)
    with pytest.raises(httpx2.ReadTimeout):
        ask(server, answer_s=0.2)


def test_a_cut_answer_was_sent_and_an_unreachable_server_got_nothing(server: HttpServer) -> None:
    server.script = lambda _request: Reply(body={"a": 1}, cut=70)
    with pytest.raises(httpx2.HTTPError) as cut:
        ask(server)
    assert was_sent(cut.value)

    async def ask_url(url: str) -> None:
        async with new_client(1, lambda: True) as http:
            await send(http, "GET", url)

    for url in ("http://127.0.0.1:1/", "http://nowhere.invalid/", "hunter/v2"):
        with pytest.raises(httpx2.HTTPError) as failed:
            asyncio.run(ask_url(url))
        assert not was_sent(failed.value), url


WORDS: dict[str, Any] = {
    "a": {"error": {"message": "a"}},
    "b": {"error": "b"},
    "c": {"message": "c"},
    "c2": {"statusCode": 402, "error": "Payment Required", "message": "c2"},
    "d": {"errors": [{"details": "d", "code": 3}]},
    "e": {"errors": ["e"]},
    "f": {"detail": "f"},
    "g": "g",
    "": {"error": {"code": 5}},
}


@pytest.mark.parametrize(("words", "body"), WORDS.items())
def test_the_providers_own_words_are_found(words: str, body: Any) -> None:
    assert message_of(body) == words


# what broken connections mean, through the engine -----------------------------------------
def ask_two_leads(server: HttpServer, folder: Path, **config: Any) -> RunResult:
    with kind_echo(), a_workspace(server.url, folder) as workspace:
        people(workspace, 2)
        given = {"url": server.url, "price": 100, **config}
        add_column(workspace, ColumnSpec(key="about", label="About", kind="ask", config=given))
        return enrich(workspace, "about")


def test_a_paid_action_whose_answer_is_lost_is_unknown_and_never_sent_again(
    server: HttpServer, tmp_path: Path
) -> None:
    server.script = lambda _request: Reply(body={"text": "x"}, cut=0)
    result = ask_two_leads(server, tmp_path, once=True)
    assert (result.counts, len(server.requests)) == ({Reason.UNKNOWN: 2}, 2)
    assert (result.cost_usd_micros, result.at_most_usd_micros) == (0, 200)


def test_what_may_be_repeated_is_sent_again_once(server: HttpServer, tmp_path: Path) -> None:
    server.script = lambda request: Reply(body={"text": "x"}, cut=0 if request.number < 3 else None)
    result = ask_two_leads(server, tmp_path)
    assert (result.counts, len(server.requests)) == ({Reason.VALUE: 2}, 4)


def test_a_server_that_cannot_be_reached_is_transient_and_costs_nothing(tmp_path: Path) -> None:
    with HttpServer().running() as gone:
        pass
    result = ask_two_leads(gone, tmp_path, once=True)
    assert result.counts == {Reason.TRANSIENT: 2}
    assert (result.cost_usd_micros, result.at_most_usd_micros) == (0, 0)
