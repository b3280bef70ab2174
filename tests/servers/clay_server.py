"""A small server that speaks the part of Clay's public API that LeadSync uses, on this machine.

Its one routine says something about each item; it counts the items that it has run, takes files of
lines, and can lose the answer to a start.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.servers.http_server import HttpServer, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    Routine = Callable[[dict[str, Any]], dict[str, Any]]

ROUTINE = "rt_profile"
PAGE = 20


LOST = {
    "before": Reply(cut=0),
    "after": Reply(cut=0),
    "garbled": Reply(202, "<html>"),
    "slow": Reply(cut=0, delay_s=60),
}


def error(status: int, message: str = "it went wrong", **headers: str) -> Reply:
    """A failure in Clay's shape."""
    return Reply(status, {"message": message}, headers)


def failed(message: str) -> dict[str, Any]:
    """What the routine says of an item that it could not do."""
    return {"status": "failed", "error": {"message": message}}


def complete(**result: Any) -> dict[str, Any]:
    """What it says of another."""
    return {"status": "complete", "result": result}


def about(inputs: dict[str, Any]) -> dict[str, Any]:
    return complete(summary=f"About {inputs.get('name')}", score=7)


@dataclass
class Run:
    """A run of the routine."""

    id: str
    items: list[dict[str, Any]]
    is_file: bool
    looks: int = 0

    def results(self, routine: Routine) -> list[dict[str, Any]]:
        return [{"id": item["id"], **routine(item["inputs"])} for item in self.items]


@dataclass
class Exchange:
    """A request with its reply, for checks against the vendor's description."""

    method: str
    path: str
    params: dict[str, str]
    body: Any
    status: int
    reply: Any


@dataclass
class Faults:
    """What files are refused for: names of leads that are none; or how their runs fail."""

    names: list[str] = field(default_factory=list[str])
    processing: str = ""


class ClayServer(HttpServer):
    """Runs in a thread of its own.

    Attributes:
        routine: what it says of the inputs of an item.
        looks: after so many looks a run is complete.
        faults: what the next files are refused for.
        runs: that were started, in order.
        files: that were put, by id.
        special: replies that go before all others, by "METHOD /beginning of a path".
        loses: what becomes of the next starts: "before" or "after" they are taken, "garbled", "slow".
        as_list: files of results are one list instead of lines.
        exchanges: what was said, scripted replies left out.
    """

    def __init__(self) -> None:
        super().__init__(self._reply)
        self.routine: Routine = about
        self.looks = 1
        self.faults = Faults()
        self.runs: list[Run] = []
        self.files: dict[str, bytes] = {}
        self.special: dict[str, list[Reply]] = {}
        self.loses: list[str] = []
        self.as_list = False
        self.exchanges: list[Exchange] = []

    @property
    def charged(self) -> int:
        """Items that were run."""
        return sum(len(run.items) for run in self.runs if not self._refusal(run))

    def _reply(self, request: Request) -> Reply:
        parts = urlsplit(request.path)
        for start, replies in self.special.items():
            if replies and f"{request.method} {parts.path}".startswith(start):
                return replies.pop(0)
        if parts.path.startswith("/storage/"):
            return self._storage(request, parts.path)
        if not request.headers.get("clay-api-key"):
            return error(401, "Unauthorized")
        params = {name: values[0] for name, values in parse_qs(parts.query).items()}
        body = json.loads(request.body) if request.body else None
        is_start = parts.path.endswith(("/run", "/start"))
        if is_start and self.loses:
            how = self.loses.pop(0)
            if how != "before":
                self._start(parts.path, body)
            return LOST[how]
        reply = self._answer(request.method, parts.path, params, body)
        self.exchanges.append(
            Exchange(request.method, parts.path, params, body, reply.status, reply.body)
        )
        return reply

    def _answer(self, method: str, path: str, params: dict[str, str], body: Any) -> Reply:
        match method, path.strip("/").split("/"):
            case "GET", ["me"]:
                user = {"id": "u_1", "name": "Ada", "cli_onboarded": True}
                return Reply(body={"user": user, "workspace": {"id": "w_1"}})
            case "POST", ["routines", routine, "run-batch", "upload-url"] if routine == ROUTINE:
                file_id = f"file_{len(self.files) + 1}"
                self.files[file_id] = b""
                url = f"{self.url}/storage/{file_id}?signature=s"
                return Reply(body={"file_id": file_id, "upload_url": url})
            case "POST", ["routines", routine, "run" | "run-batch", *_] if routine == ROUTINE:
                run = self._start(path, body)
                return Reply(202, {"routine_run_id": run.id, "status": "in_progress"})
            case "GET", ["routines", "run" | "run-batch", run_id, "results"]:
                found = [run for run in self.runs if run.id == run_id]
                return self._look(found[0], params) if found else error(404, "Run not found")
            case _:
                return error(404, "Routine not found")

    def _start(self, path: str, body: Any) -> Run:
        is_file = path.endswith("/start")
        items = body.get("items")
        if is_file:
            lines = self.files[body["file_id"]].decode().splitlines()
            items = [json.loads(line) for line in lines]
        run = Run(f"run_{len(self.runs) + 1}", items, is_file)
        self.runs.append(run)
        return run

    def _look(self, run: Run, params: dict[str, str]) -> Reply:
        run.looks += 1
        known = {"routine_run_id": run.id, "finished": 0, "total": len(run.items)}
        if run.looks < self.looks:
            return Reply(202, {**known, "status": "in_progress"})
        if refusal := self._refusal(run):
            return Reply(body={"routine_run_id": run.id, **refusal})
        known |= {"status": "complete", "finished": len(run.items)}
        if run.is_file:
            return Reply(body={**known, "result_url": f"{self.url}/storage/{run.id}"})
        at, limit = int(params.get("cursor", 0)), int(params.get("limit", PAGE))
        data = run.results(self.routine)[at : at + limit]
        more = {"cursor": str(at + limit)} if at + limit < len(run.items) else {}
        return Reply(body={**known, "data": data, **more})

    def _refusal(self, run: Run) -> dict[str, Any]:
        if not run.is_file:
            return {}
        if self.faults.processing:
            return {"status": "processing_failed", "error": {"message": self.faults.processing}}
        names = self.faults.names
        details = [
            {"line_number": number, "field": "inputs.name", "message": "is not a name"}
            for number, item in enumerate(run.items, 1)
            if item["inputs"].get("name") in names
        ]
        if not details:
            return {}
        return {
            "status": "validation_failed",
            "error": {
                "message": "some lines are not valid",
                "details": details[:100],
                "total_invalid_rows": len(details),
            },
        }

    def _storage(self, request: Request, path: str) -> Reply:
        if "clay-api-key" in request.headers:
            return Reply(400, "<Error>a key is not for the storage</Error>")
        name = path.rpartition("/")[2]
        if request.method == "PUT":
            self.files[name] = request.body
            return Reply(200, b"")
        (run,) = [run for run in self.runs if run.id == name]
        results = run.results(self.routine)
        if self.as_list:
            return Reply(body=results)
        lines = "".join(f"{json.dumps(item)}\n" for item in results)
        return Reply(body=lines, headers={"Content-Type": "application/x-ndjson"})
