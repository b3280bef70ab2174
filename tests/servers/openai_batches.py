"""The files and batches of the small OpenAI server: uploaded, worked on, listed, read.

A test says what each look at a batch finds, and what becomes of each line.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers.openai_server import Reply

    Answerer = Callable[[dict[str, Any]], dict[str, Any]]

OVER = ("completed", "failed", "expired", "cancelled")


class Batches:
    """What the server keeps of files and batches.

    Attributes:
        statuses: what each look finds, one after the other; the last one stays.
        special: replies that go before all others, by the beginning of `METHOD /path`.
        line: what becomes of a line: None: answered; a status and a body; "expired".
        errors: of a batch that failed.
        made: the batches, in order.
        charged: custom ids of the lines that were answered.
        keeps_quiet: a batch is made, and the line goes dead before it is said.
        on_upload: called when a file has come in, before it is said.
        on_made: called when a batch is made, before it is said.
    """

    def __init__(self, answer: Answerer, reply: type[Reply]) -> None:
        self.statuses = ["completed"]
        self.special: dict[str, list[Reply]] = {}
        self.line: Callable[[dict[str, Any]], tuple[int, Any] | str | None] = lambda _line: None
        self.errors: list[dict[str, Any]] = []
        self.made: list[dict[str, Any]] = []
        self.charged: list[str] = []
        self.keeps_quiet = False
        self.on_upload: Callable[[], None] = lambda: None
        self.on_made: Callable[[], None] = lambda: None
        self.exchanges: list[tuple[str, str, bytes, int, Any]] = []
        self._files: dict[str, bytes] = {}
        self._answer = answer
        self._reply = reply
        self._looks = 0

    def handle(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        reply = self._special(f"{method} {path}") or self._handle(method, path, headers, body)
        self.exchanges.append((method, path, body, reply.status, reply.body))
        return reply

    def lines_of(self, number: int) -> list[dict[str, Any]]:
        """The requests of a batch; the first is 0."""
        text = self._files[self.made[number]["input_file_id"]].decode()
        return [json.loads(line) for line in text.splitlines()]

    def _special(self, what: str) -> Reply | None:
        for start, replies in self.special.items():
            if what.startswith(start) and replies:
                return replies.pop(0)
        return None

    def _handle(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        bare, _, query = path.partition("?")
        match method, bare.rstrip("/").split("/")[1:]:
            case "POST", ["files"]:
                return self._upload(headers, body)
            case "GET", ["files", file_id, "content"] if file_id in self._files:
                kind = {"Content-Type": "application/octet-stream"}
                return self._reply(body=self._files[file_id], headers=kind)
            case "POST", ["batches"]:
                return self._make(json.loads(body))
            case "GET", ["batches"]:
                return self._list(dict(part.split("=") for part in query.split("&")))
            case "GET", ["batches", batch_id]:
                found = next((b for b in self.made if b["id"] == batch_id), None)
                if found is not None:
                    return self._reply(body=self._look(found))
        return self._reply(404, {"error": {"message": f"no {path}", "type": "invalid", "code": None,
                                           "param": None}})  # fmt: skip

    def _upload(self, headers: dict[str, str], body: bytes) -> Reply:
        boundary = headers["content-type"].partition("boundary=")[2].encode()
        parts = {
            re.search(rb'name="([^"]+)"', part)[1]: part.partition(b"\r\n\r\n")[2][:-2]  # type: ignore[index]
            for part in body.split(b"--" + boundary)[1:-1]
        }
        assert parts[b"purpose"] == b"batch"
        self.on_upload()
        return self._reply(body=self._keep(parts[b"file"], "leads.jsonl", "batch"))

    def _keep(self, content: bytes, name: str, purpose: str) -> dict[str, Any]:
        file_id = f"file-{len(self._files) + 1}"
        self._files[file_id] = content
        return {"id": file_id, "object": "file", "bytes": len(content), "created_at": 1,
                "filename": name, "purpose": purpose, "status": "processed"}  # fmt: skip

    def _make(self, asked: dict[str, Any]) -> Reply:
        batch = {"id": f"batch_{len(self.made) + 1}", "object": "batch", "created_at": 1,
                 "status": "validating", **asked}  # fmt: skip
        self.made.append(batch)
        self._looks = 0
        self.on_made()
        return self._reply(body=dict(batch), cut=0 if self.keeps_quiet else None)

    def _list(self, query: dict[str, str]) -> Reply:
        newest_first = self.made[::-1]
        ids = [batch["id"] for batch in newest_first]
        start = ids.index(query["after"]) + 1 if "after" in query else 0
        end = start + int(query.get("limit", "20"))
        more = end < len(ids)
        return self._reply(body={"object": "list", "data": newest_first[start:end],
                                 "has_more": more})  # fmt: skip

    def _look(self, batch: dict[str, Any]) -> dict[str, Any]:
        if batch["status"] not in OVER:
            batch["status"] = self.statuses[min(self._looks, len(self.statuses) - 1)]
            self._looks += 1
            if batch["status"] in OVER:
                self._finish(batch)
        return dict(batch)

    def _finish(self, batch: dict[str, Any]) -> None:
        if batch["status"] == "failed":
            batch["errors"] = {"object": "list", "data": self.errors}
            return
        good: list[str] = []
        bad: list[str] = []
        for line in map(json.loads, self._files[batch["input_file_id"]].decode().splitlines()):
            self._work(line, good, bad)
        # In any order but that of the requests.
        for name, lines in (("output_file_id", good[::-1]), ("error_file_id", bad[::-1])):
            if lines:
                content = "".join(f"{text}\n" for text in lines).encode()
                batch[name] = self._keep(content, f"{name}.jsonl", "batch_output")["id"]

    def _work(self, line: dict[str, Any], good: list[str], bad: list[str]) -> None:
        custom_id, said = line["custom_id"], self.line(line)
        result = {"id": f"batch_req_{custom_id}", "custom_id": custom_id, "error": None}
        if said == "missing":
            return
        if said == "expired":
            error = {"code": "batch_expired", "message": "This request could not be executed."}
            bad.append(json.dumps(result | {"response": None, "error": error}))
            return
        status, body = said if isinstance(said, tuple) else (200, self._answer(line["body"]))
        response = {"status_code": status, "request_id": "r", "body": body}
        (good if status == 200 else bad).append(json.dumps(result | {"response": response}))
        if status == 200:
            self.charged.append(custom_id)
