"""`serve` under a flood of valid, forged, replayed, oversized and malformed messages.

Nothing but the valid ones has an effect, and each of these has one. `LEADSYNC_SOAK=1` sends 10,000
on each engine.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from standardwebhooks import Webhook

from leadsync.core.config import load_config
from leadsync.core.engine.serving import Answered, Entry, Listening, serve
from leadsync.core.engine.stop import StopSignal
from leadsync.core.inbound.hook_settings import HookSettings
from leadsync.core.inbound.hooks import add_hook
from leadsync.core.suppression import list_suppressions
from leadsync.core.workspace import Workspace
from tests.entering import token_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

KEY = "whsec_bm90LWEtcmVhbC1zZWNyZXQtMDAwMA=="
AT_ONCE = 32
SEED = 20_261_130
SOAK = bool(os.environ.get("LEADSYNC_SOAK"))
ENGINES = [
    pytest.param("sqlite", 10_000 if SOAK else 2_500, id="sqlite"),
    pytest.param("mongo", 10_000 if SOAK else 500, id="mongo", marks=pytest.mark.mongo),
]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600 if SOAK else 120)]


@dataclass(frozen=True)
class Sent:
    """One message, and what it has to be answered with; empty: with nothing, or any refusal."""

    kind: str
    path: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "POST"
    statuses: tuple[int, ...] = (200,)
    raw: bytes = b""

    @property
    def data(self) -> bytes:
        if self.raw:
            return self.raw
        headers = {"Host": "x", "Content-Length": str(len(self.body)), **self.headers}
        lines = [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join([f"{self.method} {self.path} HTTP/1.1", *lines, "", ""])
        return head.encode() + self.body


class Sender:
    """Makes messages for three hooks of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        fast = HookSettings(per_minute=60_000)
        self.form = add_hook(workspace, "form", "form", fast).path
        self.signed = add_hook(
            workspace, "signed", "form", replace(fast, signed_with="SITE_KEY")
        ).path
        events = add_hook(workspace, "events", "instantly", replace(fast, header="X-Hook-Secret"))
        self.events, self.secret = events.path, {"X-Hook-Secret": events.header_secret}

    def valid(self, n: int) -> Sent:
        """A message that makes lead n, or suppresses its address."""
        email = f"p{n}@firm{n}.example"
        match n % 4:
            case 0:
                return Sent("valid", self.form, json.dumps({"email": email}).encode(), JSON)
            case 1:
                return Sent("valid", self.form, urlencode({"E-Mail": email}).encode(), FORM)
            case 2:
                return self.with_signature({"email": email}, f"message-{n}")
        event = {"event_type": "email_bounced", "lead_email": email, "timestamp": "2026-03-01"}
        return Sent("valid", self.events, json.dumps(event).encode(), JSON | self.secret)

    def with_signature(self, message: dict[str, Any], message_id: str, **parts: Any) -> Sent:
        body, moment = json.dumps(message), datetime.now(UTC)
        headers = JSON | {
            "webhook-id": message_id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": Webhook(KEY).sign(message_id, moment, body),
        }
        return replace(Sent("valid", self.signed, body.encode(), headers), **parts)

    def forged(self, n: int, valid: Sent) -> Sent:
        """Something that looks like a valid message and is none of ours."""
        evil = json.dumps({"email": f"evil{n}@evil.example"}).encode()
        old = self.with_signature({"email": f"evil{n}@evil.example"}, f"evil-{n}")
        stale = old.headers | {"webhook-timestamp": "1700000000"}
        guess = "B" if self.form.endswith("A") else "A"
        event = evil[:-1] + b', "event_type": "email_bounced", "lead_email": "e@evil.example"}'
        return [
            Sent("forged", self.form[:-1] + guess, evil, JSON, statuses=(404,)),
            Sent("forged", f"/in/{n}", evil, JSON, statuses=(404,)),
            Sent("forged", "/in/" + self.form, evil, JSON, statuses=(404,)),
            Sent("forged", f"/callbacks/1.1.1.9999999999.{'a' * 16}.{'A' * 22}", evil, JSON,
                 statuses=(404,)),
            Sent("forged", self.signed, evil, JSON, statuses=(401,)),
            replace(old, kind="forged", body=evil, headers=valid.headers, statuses=(401,)),
            replace(old, kind="forged", headers=stale, statuses=(401,)),
            Sent("forged", self.events, event, JSON, statuses=(401,)),
            Sent("forged", self.events, event, JSON | {"X-Hook-Secret": "x" * 32}, statuses=(401,)),
        ][n % 9]  # fmt: skip

    def oversized(self, n: int) -> Sent:
        """More than is taken, said or not."""
        body = json.dumps({"email": f"big{n}@big.example", "notes": "x" * 100_000}).encode()
        head = f"POST {self.form} HTTP/1.1\r\nHost: x\r\n".encode()
        return [
            Sent("oversized", self.form, body, JSON, statuses=(413,)),
            Sent("oversized", "", b"", statuses=(413,),
                 raw=head + b"Content-Length: 99999999999\r\n\r\n{}"),
            Sent("oversized", "", b"", statuses=(431,), raw=head + b"X: " + b"x" * 20_000),
            Sent("oversized", self.form + "?" + "x" * 17_000, b"{}", JSON, statuses=(431,)),
        ][n % 4]  # fmt: skip

    def malformed(self, n: int) -> Sent:
        """What is no message, or no request."""
        head = f"POST {self.form} HTTP/1.1\r\nHost: x\r\n".encode()
        bodies = (b"{", b"[]", b"7", b"null", b"[" * 40_000, b"\xff", b'{"email": "x"}', b"",
                  b'{"email": NaN}', b'{"a": 1}', b'{"email": ["a@b.example"]')  # fmt: skip
        cases = [Sent("malformed", self.form, body, JSON, statuses=(422,)) for body in bodies]
        cases += [
            Sent("malformed", self.form, b"<a/>", {"Content-Type": "text/xml"}, statuses=(415,)),
            Sent("malformed", self.form, b"%zz", FORM, statuses=(422,)),
            Sent("malformed", self.form, b"", JSON, "GET", statuses=(404,)),
            Sent("malformed", self.form, b"{}", JSON, "DELETE", statuses=(404,)),
            Sent("malformed", "/../../etc/passwd", b"", JSON, "GET", statuses=(404,)),
            Sent("malformed", self.events, b'{"event_type": []}', JSON | self.secret,
                 statuses=(422,)),
            Sent("malformed", "", b"", raw=b"\x16\x03\x01\x02\x00\r\n\r\n", statuses=(400,)),
            Sent("malformed", "", b"", raw=head + b"Content-Length: 50\r\n\r\n{", statuses=(400,)),
            Sent("malformed", "", b"", raw=head + b"Content-Length: -1\r\n\r\n", statuses=(400,)),
            Sent("malformed", "", b"", statuses=(411,),
                 raw=head + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            Sent("malformed", "", b"", raw=b"hello", statuses=(400,)),
            Sent("malformed", "", b"", raw=b"\r\n\r\n", statuses=(400,)),
        ]  # fmt: skip
        return cases[n % len(cases)]


JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def a_flood(sender: Sender, number: int) -> tuple[list[Sent], list[Sent]]:
    """The valid ones, and all in a random order that is the same each time."""
    chance = random.Random(SEED)
    part = number // 5
    valid = [sender.valid(n) for n in range(part)]
    flood = [*valid, *(replace(chance.choice(valid), kind="replayed") for _ in range(part))]
    flood += [sender.forged(n, chance.choice(valid)) for n in range(part)]
    flood += [sender.oversized(n) for n in range(part)]
    flood += [sender.malformed(n) for n in range(part)]
    chance.shuffle(flood)
    return valid, flood


async def post_all(port: int, messages: Sequence[Sent]) -> Counter[tuple[str, int]]:
    """Send all of them, some at once, each over a connection of its own; answers by kind."""
    told: Counter[tuple[str, int]] = Counter()
    waiting = iter(messages)

    async def work() -> None:
        for sent in waiting:
            status = await status_of(port, sent.data)
            assert status in sent.statuses, (sent.kind, status, sent.data[:300])
            told[sent.kind, status] += 1

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(work())
    return told


async def status_of(port: int, data: bytes) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    return int(answer.split(b" ", 2)[1])


@contextmanager
def serving(workspace: Workspace) -> Iterator[tuple[int, list[Answered]]]:
    """`serve` on a thread of its own: its port, and what it has told."""
    stop, listening, told = StopSignal(), threading.Event(), []
    ports: list[int] = []

    def on_event(event: Any) -> None:
        if isinstance(event, Listening):
            ports.append(event.port)
            listening.set()
        else:
            told.append(event)

    entry = Entry(per_address=10_000_000)
    thread = threading.Thread(
        target=serve, args=(workspace, entry),
        kwargs={"stop": stop, "on_event": on_event, "on_end": lambda _result: None},
    )  # fmt: skip
    thread.start()
    assert listening.wait(20)
    try:
        yield ports[0], told
    finally:
        stop.request()
        thread.join(30)
    assert not thread.is_alive()


@pytest.fixture
def workspace(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workspace]:
    engine = request.node.callspec.params["engine"]
    store = request.getfixturevalue("mongo_db_url") if engine == "mongo" else ""
    environment = {
        "LEADSYNC_HOME": str(tmp_path), "USER": "ada", "SITE_KEY": KEY,
        "LEADSYNC_CALLBACK_SECRET": "a-callback-secret-for-tests",
        **({"LEADSYNC_STORE": store} if store else {}), **token_for(store),
    }  # fmt: skip
    with Workspace.open(load_config({}, environment)) as opened:
        yield opened


@pytest.mark.parametrize(("engine", "number"), ENGINES)
def test_in_a_flood_only_valid_messages_have_an_effect_and_one_each(
    engine: str, number: int, workspace: Workspace, record_property: Any
) -> None:
    sender = Sender(workspace)
    valid, flood = a_flood(sender, number)
    before = len(workspace.store.units())
    began = time.perf_counter()
    with serving(workspace) as (port, told):
        answers = asyncio.run(post_all(port, flood))
    assert answers.total() == len(flood)
    record_property("messages_per_s", round(number / (time.perf_counter() - began)))
    assert answers["valid", 200] == answers["replayed", 200] == number // 5

    def effects() -> tuple[list[str], list[str], int]:
        leads = sorted(email for (email,) in workspace.store.scan({}, ("email",)))
        kept = sorted(entry.value for entry in list_suppressions(workspace.store))
        return leads, kept, len(workspace.store.units()) - before

    people = [f"p{n}@firm{n}.example" for n in range(number // 5)]
    leads = sorted(email for n, email in enumerate(people) if n % 4 != 3)
    bounced = sorted(email for n, email in enumerate(people) if n % 4 == 3)
    assert effects() == (leads, bounced, len(people))
    repeats = [event for event in told if event.effect.get("isRepeat")]
    assert len(repeats) == number // 5
    with serving(workspace) as (port, _told):  # a new process, to which old messages come again
        asyncio.run(post_all(port, valid[: number // 20]))
    assert effects() == (leads, bounced, len(people))


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)])
def test_of_two_servers_one_takes_each_message(engine: str, workspace: Workspace) -> None:
    sender = Sender(workspace)
    messages = [sender.valid(n) for n in range(80)]
    before = len(workspace.store.units())

    async def post_both(first: int, second: int) -> None:
        async with asyncio.TaskGroup() as group:
            for port in (first, second):
                group.create_task(post_all(port, messages))

    with (
        Workspace.open(workspace.config) as other,
        serving(workspace) as (first, told),
        serving(other) as (second, told_too),
    ):
        asyncio.run(post_both(first, second))
    repeats = [event for event in (*told, *told_too) if event.effect.get("isRepeat")]
    assert len(repeats) == len(messages)
    assert len(workspace.store.units()) - before == len(messages)
    assert workspace.store.count({}) == 60
