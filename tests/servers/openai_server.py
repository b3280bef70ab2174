"""A small server that speaks OpenAI's chat protocol on a free port of this machine.

It answers from the prompt, always alike, counts what it would charge, and can be told to fail:
status, headers, delay, a cut connection, an answer that is no JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.servers.openai_batches import Batches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Behaviour = Callable[["Request"], "Reply | None"]

MODELS = {
    "object": "list",
    "data": [{"id": "gpt-6-luna", "object": "model", "created": 1, "owned_by": "openai"}],
}


@dataclass(frozen=True, slots=True)
class Request:
    """What came in. `number` counts chat requests from 1; `at` is `time.monotonic()`."""

    number: int
    at: float
    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def key(self) -> str:
        """Equal for requests with the same messages."""
        return hashlib.sha256(json.dumps(self.body.get("messages")).encode()).hexdigest()[:12]

    @property
    def prompt(self) -> str:
        return self.body["messages"][-1]["content"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes out. `body` None: the usual answer. `cut`: bytes after which the line goes dead."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    cut: int | None = None


def error(status: int, code: str = "", message: str = "it went wrong", **more: Any) -> Reply:
    """A failure in the vendor's shape; `headers` and `delay_s` may be given, `param` and `type`."""
    reply = {name: more.pop(name) for name in ("headers", "delay_s") if name in more}
    body = {"error": {"message": message, "code": code or None, "type": None, **more}}
    return Reply(status, body, **reply)


def text_reply(content: str | None, *, finish_reason: str = "stop", **message: Any) -> Reply:
    """An answer with this content."""
    return Reply(body=completion({"messages": []}, content, finish_reason, **message))


def completion(
    body: dict[str, Any], content: str | None, finish_reason: str = "stop", **message: Any
) -> dict[str, Any]:
    prompt_tokens = sum(len(m["content"]) for m in body["messages"]) // 4
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": body.get("model", "gpt-6-luna"),
        "choices": [
            {
                "index": 0,
                "finish_reason": finish_reason,
                "logprobs": None,
                "message": {"role": "assistant", "content": content, "refusal": None, **message},
            }
        ],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": len(content or "") // 4,
            "total_tokens": prompt_tokens + len(content or "") // 4,
            "prompt_tokens_details": {"cached_tokens": 0},
        },
    }


class OpenAIServer:
    """Runs in a thread of its own.

    Attributes:
        behave: asked for each chat request; None is the usual answer.
        requests: all chat requests, as they came in.
        answered: keys of requests that were answered with 200, to the last byte.
        models: how often the list of models was asked for.
        batches: files and batches.
    """

    def __init__(self, behave: Behaviour | None = None) -> None:
        self.behave: Behaviour = behave or (lambda _request: None)
        self.requests: list[Request] = []
        self.answered: list[str] = []
        self.models = 0
        self.model_reply: Reply | None = None
        self.batches = Batches(usual_answer, Reply)
        self.most_in_flight = 0
        self.url = ""
        self._in_flight = 0
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def running(self) -> Iterator[OpenAIServer]:
        ready = threading.Event()
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=self._serve, args=(loop, ready))
        thread.start()
        ready.wait()
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(self._over.set)
            thread.join()

    def wait_for(self, number: int, timeout_s: float = 30) -> None:
        """Until that many chat requests have come in."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.requests) >= number, timeout_s)

    def _serve(self, loop: asyncio.AbstractEventLoop, ready: threading.Event) -> None:
        async def serve() -> None:
            self._over = asyncio.Event()
            server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
            self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
            ready.set()
            await self._over.wait()
            server.close()
            left = asyncio.all_tasks() - {asyncio.current_task()}
            for task in left:
                task.cancel()
            if left:
                await asyncio.wait(left)

        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client has left, or the test is over
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = head.split("\r\n")
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:])}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        method, path = lines[0].split()[:2]
        if path.endswith("/models"):
            self.models += 1
            reply = self.model_reply or Reply(body=MODELS)
            return await self._send(writer, reply, reply.body)
        if path.startswith(("/v1/files", "/v1/batches")):
            reply = self.batches.handle(method, path.removeprefix("/v1"), headers, body)
            return await self._send(writer, reply, reply.body)
        request = self._came_in(path, headers, json.loads(body))
        try:
            reply = self.behave(request) or Reply()
            if reply.delay_s:
                await asyncio.sleep(reply.delay_s)
            content = usual_answer(request.body) if reply.body is None else reply.body
            goes_on = await self._send(writer, reply, content)
            if goes_on and reply.status == 200:
                self.answered.append(request.key)
            return goes_on
        finally:
            self._in_flight -= 1

    def _came_in(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> Request:
        with self._changed:
            request = Request(len(self.requests) + 1, time.monotonic(), path, headers, body)
            self.requests.append(request)
            self._in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
            self._changed.notify_all()
        return request

    async def _send(self, writer: asyncio.StreamWriter, reply: Reply, content: Any) -> bool:
        data = content if isinstance(content, bytes) else None
        if data is None:
            data = content.encode() if isinstance(content, str) else json.dumps(content).encode()
        headers = {"Content-Type": "application/json", "Content-Length": str(len(data))}
        lines = [f"{name}: {value}" for name, value in (headers | reply.headers).items()]
        out = "\r\n".join([f"HTTP/1.1 {reply.status} X", *lines, "", ""]).encode() + data
        writer.write(out if reply.cut is None else out[: reply.cut])
        await writer.drain()
        return reply.cut is None


def usual_answer(body: dict[str, Any]) -> dict[str, Any]:
    """The same answer to the same messages, in the shape that was asked for."""
    mark = hashlib.sha256(json.dumps(body["messages"]).encode()).hexdigest()[:8]
    wanted = body.get("response_format", {}).get("json_schema", {}).get("schema")
    names = _names_in_words(body) if wanted is None else list(wanted["properties"])
    if not names:
        return completion(body, f"Text {mark}")
    kinds = {n: p["type"] for n, p in wanted["properties"].items()} if wanted else {}
    usual = {"number": 7, "boolean": True}
    found = {name: usual.get(kinds.get(name, ""), f"{name} {mark}") for name in names}
    return completion(body, json.dumps(found))


def _names_in_words(body: dict[str, Any]) -> list[str]:
    system = body["messages"][0]["content"]
    _, _, shape = system.partition("exactly these keys:\n")
    return [line[2:].partition(":")[0] for line in shape.splitlines() if line.startswith("- ")]


def main(delay_s: str = "0") -> None:
    """Serve in a process of its own until it is killed; prints the address."""
    reply = Reply(delay_s=float(delay_s))
    with OpenAIServer(lambda _request: reply).running() as server:
        print(server.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
