"""A small server that speaks the part of Apify's API that LeadSync uses, on this machine.

Its one actor looks up profiles: an item for each of `queries`, unless told otherwise. It keeps to
`maxTotalChargeUsd`, counts what it charges, and can lose the answer to a start.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.servers.http_server import HttpServer, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    Actor = Callable[[dict[str, Any]], list[dict[str, Any]]]

ACTOR = "harvestapi~linkedin-profile-scraper"
PRICE_USD = 0.004
SCHEMA = {
    "title": "LinkedIn profiles",
    "type": "object",
    "properties": {
        "queries": {"title": "Profiles", "type": "array", "description": "URLs of profiles."},
        "profileScraperMode": {
            "title": "Mode",
            "type": "string",
            "description": "What to look up.",
        },
    },
    "required": ["queries"],
}
NO_FEATURE = {
    "isEnabled": True,
    "disabledReason": None,
    "disabledReasonType": None,
    "isTrial": False,
    "trialExpirationAt": None,
}
FEATURES = (
    "ACTORS", "STORAGE", "SCHEDULER", "PROXY", "PROXY_EXTERNAL_ACCESS", "PROXY_RESIDENTIAL",
    "PROXY_SERPS", "WEBHOOKS", "ACTORS_PUBLIC_ALL", "ACTORS_PUBLIC_DEVELOPER",
)  # fmt: skip


LOST = {
    "before": Reply(cut=0),
    "after": Reply(cut=0),
    "garbled": Reply(201, "<html>"),
    "slow": Reply(cut=0, delay_s=60),
}


def error(status: int, kind: str, message: str = "it went wrong", **headers: str) -> Reply:
    """A failure in Apify's shape."""
    return Reply(status, {"error": {"type": kind, "message": message}}, headers)


def profile(url: str) -> dict[str, Any]:
    """What the actor finds at an address."""
    slug = url.rstrip("/").rpartition("/")[2].partition("?")[0]
    first = slug.partition("-")[0].capitalize()
    return {
        "linkedinUrl": f"https://www.linkedin.com/in/{slug}",
        "publicIdentifier": slug,
        "firstName": first,
        "lastName": slug.partition("-")[2].capitalize() or "Person",
        "headline": f"{first} builds engines",
        "location": {"linkedinText": "London", "parsed": {"country": "GB"}},
        "currentPosition": [{"position": "Head of Engines", "companyName": "Analytical"}],
        "experience": [],
        "education": [],
        "about": f"About {first}",
    }


def profiles(given: dict[str, Any]) -> list[dict[str, Any]]:
    return [profile(url) for url in given["queries"]]


@dataclass
class Run:
    """A run of the actor."""

    number: int
    given: dict[str, Any]
    params: dict[str, str]
    started_at: datetime
    items: list[dict[str, Any]]
    status: str = "RUNNING"
    message: str | None = None
    usage: float | None = 0.0
    looks: int = 0

    @property
    def id(self) -> str:
        return f"run{self.number:013d}"

    @property
    def dataset(self) -> str:
        return f"dataset{self.number:09d}"

    @property
    def store(self) -> str:
        return f"store{self.number:011d}"

    def short(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "actId": "act00000000000001",
            "userId": "user0000000000001",
            "status": self.status,
            "startedAt": self.started_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "finishedAt": None,
            "buildId": "build000000000001",
            "buildNumber": "0.0.2",
            "meta": {"origin": "API"},
            "usageTotalUsd": self.usage if self.usage is not None else 0.0,
            "defaultKeyValueStoreId": self.store,
            "defaultDatasetId": self.dataset,
            "defaultRequestQueueId": f"queue{self.number:011d}",
        }

    def whole(self) -> dict[str, Any]:
        cap = self.params.get("maxTotalChargeUsd")
        return {
            **self.short(),
            "statusMessage": self.message,
            "stats": {"restartCount": 0, "resurrectCount": 0, "computeUnits": 0.1},
            "options": {
                "build": "latest",
                "timeoutSecs": int(self.params.get("timeout", 300)),
                "memoryMbytes": int(self.params.get("memory", 1024)),
                "diskMbytes": 2048,
                "maxItems": int(self.params["maxItems"]),
                "maxTotalChargeUsd": None if cap is None else float(cap),
            },
            "generalAccess": "RESTRICTED",
            "chargedEventCounts": {"profile": len(self.items)},
            "usageTotalUsd": self.usage,
        }


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
class Ends:
    """How runs end from now on.

    Attributes:
        looks: after so many looks; None: not at all.
        status: SUCCEEDED FAILED TIMED-OUT ABORTED.
        keeps: so many items are found before that; None: all.
        reports_cost: whether `usageTotalUsd` is told.
    """

    looks: int | None = 1
    status: str = "SUCCEEDED"
    message: str | None = "Finished"
    keeps: int | None = None
    reports_cost: bool = True


class ApifyServer(HttpServer):
    """Runs in a thread of its own.

    Attributes:
        actor: what the actor finds for an input.
        ends: how runs end.
        runs: that were started, in order.
        special: replies that go before all others, by "METHOD /beginning of a path".
        loses: what becomes of the next starts: "before" (the line is cut, nothing is started) or
            "after" (a run is started, but its answer is lost), "garbled" (it cannot be read), "slow" (it comes late).
        clock: how far its clock is from ours.
        exchanges: what was said, scripted replies left out.
    """

    def __init__(self) -> None:
        super().__init__(self._reply)
        self.actor: Actor = profiles
        self.ends = Ends()
        self.runs: list[Run] = []
        self.special: dict[str, list[Reply]] = {}
        self.loses: list[str] = []
        self.aborted: list[str] = []
        self.clock = timedelta(0)
        self.limit_usd = 49.0
        self.exchanges: list[Exchange] = []

    @property
    def charged_usd(self) -> float:
        return sum(run.usage or 0 for run in self.runs)

    def _reply(self, request: Request) -> Reply:
        parts = urlsplit(request.path)
        for start, replies in self.special.items():
            if replies and f"{request.method} {parts.path}".startswith(start):
                return replies.pop(0)
        if request.headers.get("authorization") is None:
            return error(401, "token-not-provided", "Authentication token was not provided")
        params = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if request.method == "POST" and self.loses and parts.path.endswith("/runs"):
            how = self.loses.pop(0)
            if how != "before":
                self._start(request, params)
            return LOST[how]
        reply = self._answer(request, parts.path.split("/")[2:], params)
        body = json.loads(request.body) if request.body else None
        self.exchanges.append(
            Exchange(request.method, parts.path, params, body, reply.status, reply.body)
        )
        return reply

    def _answer(  # noqa: PLR0911 - a case an operation
        self, request: Request, path: list[str], params: dict[str, str]
    ) -> Reply:
        match request.method, path:
            case "GET", ["users", "me"]:
                return Reply(body={"data": _user()})
            case "GET", ["users", "me", "limits"]:
                return Reply(body={"data": self._limits()})
            case "GET", ["users", "me", "usage", "monthly"]:
                return Reply(body={"data": self._usage()})
            case "POST", ["actors", actor, "runs"] if actor == ACTOR:
                return Reply(201, {"data": self._start(request, params).whole()})
            case "GET", ["actors", actor, "runs"] if actor == ACTOR:
                return Reply(body={"data": self._list(params)})
            case "GET", ["actors", actor] if actor == ACTOR:
                return Reply(body={"data": _actor()})
            case "GET", ["actors", actor, "builds", "default"] if actor == ACTOR:
                return Reply(body={"data": _build()})
            case "GET", ["actor-runs", run_id] if run := self._find(run_id):
                return Reply(body={"data": self._look(run).whole()})
            case "POST", ["actor-runs", run_id, "abort"] if run := self._find(run_id):
                return Reply(body={"data": self._abort(run).whole()})
            case "GET", ["datasets", dataset, "items"]:
                return self._items(dataset, params)
            case "GET", ["key-value-stores", store, "records", "INPUT"]:
                found = [run.given for run in self.runs if run.store == store]
                return Reply(body=found[0]) if found else error(404, "record-not-found")
            case _:
                return error(404, "record-not-found", "The requested resource was not found.")

    def _start(self, request: Request, params: dict[str, str]) -> Run:
        items = self.actor(request.json)
        if "maxTotalChargeUsd" in params:
            items = items[: round(float(params["maxTotalChargeUsd"]) / PRICE_USD)]
        now = datetime.now(UTC) + self.clock
        run = Run(len(self.runs) + 1, request.json, params, now, items)
        run.usage = 0.0 if self.ends.reports_cost else None
        self.runs.append(run)
        return run

    def _look(self, run: Run) -> Run:
        run.looks += 1
        ends = self.ends
        if run.status == "RUNNING" and ends.looks is not None and run.looks >= ends.looks:
            run.status, run.message = ends.status, ends.message
            run.items = run.items[: ends.keeps]
            if ends.reports_cost:
                run.usage = round(len(run.items) * PRICE_USD, 6)
        return run

    def _abort(self, run: Run) -> Run:
        self.aborted.append(run.id)
        if run.status == "RUNNING":
            run.status, run.message = "ABORTED", "Aborted by the user"
            run.items = run.items[:1]
            run.usage = round(len(run.items) * PRICE_USD, 6)
        return run

    def _list(self, params: dict[str, str]) -> dict[str, Any]:
        offset, limit = int(params.get("offset", 0)), int(params.get("limit", 1000))
        newest = [run.short() for run in reversed(self.runs)]
        page = newest[offset : offset + limit]
        return {
            "total": len(newest), "offset": offset, "limit": limit, "desc": True,
            "count": len(page), "items": page,
        }  # fmt: skip

    def _items(self, dataset: str, params: dict[str, str]) -> Reply:
        found = [run for run in self.runs if run.dataset == dataset]
        if not found:
            return error(404, "record-not-found")
        offset, limit = int(params["offset"]), int(params["limit"])
        page = [item for item in found[0].items[offset : offset + limit] if item]
        total = str(len(found[0].items))
        return Reply(body=page, headers={"X-Apify-Pagination-Total": total})

    def _find(self, run_id: str) -> Run | None:
        return next((run for run in self.runs if run.id == run_id), None)

    def _limits(self) -> dict[str, Any]:
        names = ("ActorComputeUnits", "ExternalDataTransferGbytes", "ProxySerps",
                 "ResidentialProxyGbytes")  # fmt: skip
        return {
            "monthlyUsageCycle": {
                "startAt": "2026-11-01T00:00:00.000Z",
                "endAt": "2026-12-01T00:00:00.000Z",
            },
            "limits": {
                "maxMonthlyUsageUsd": self.limit_usd,
                **{f"maxMonthly{name}": 100 for name in names},
                **dict.fromkeys(("maxActorMemoryGbytes", "maxActorCount", "maxActorTaskCount",
                                 "maxConcurrentActorJobs", "maxTeamAccountSeatCount",
                                 "dataRetentionDays"), 30),
            },
            "current": {
                "monthlyUsageUsd": self.charged_usd,
                **{f"monthly{name}": 1 for name in names},
                **dict.fromkeys(("actorMemoryGbytes", "actorCount", "actorTaskCount",
                                 "activeActorJobCount", "teamAccountSeatCount"), 1),
            },
        }  # fmt: skip

    def _usage(self) -> dict[str, Any]:
        cycle = {"startAt": "2026-11-01T00:00:00.000Z", "endAt": "2026-12-01T00:00:00.000Z"}
        return {
            "usageCycle": cycle,
            "monthlyServiceUsage": {},
            "dailyServiceUsages": [],
            "totalUsageCreditsUsdBeforeVolumeDiscount": self.charged_usd,
            "totalUsageCreditsUsdAfterVolumeDiscount": self.charged_usd,
        }


def _user() -> dict[str, Any]:
    return {
        "id": "user0000000000001",
        "username": "ada",
        "plan": {"availableProxyGroups": {}},
        "effectivePlatformFeatures": dict.fromkeys(FEATURES, NO_FEATURE),
        "isPaying": True,
    }


def _actor() -> dict[str, Any]:
    return {
        "id": "act00000000000001",
        "userId": "user0000000000002",
        "name": "linkedin-profile-scraper",
        "username": "harvestapi",
        "isPublic": True,
        "createdAt": "2026-01-01T00:00:00.000Z",
        "modifiedAt": "2026-01-01T00:00:00.000Z",
        "stats": {},
        "versions": [],
        "defaultRunOptions": {},
    }


def _build() -> dict[str, Any]:
    return {
        "id": "build000000000001",
        "actId": "act00000000000001",
        "userId": "user0000000000002",
        "startedAt": "2026-01-01T00:00:00.000Z",
        "status": "SUCCEEDED",
        "meta": {"origin": "WEB"},
        "buildNumber": "0.0.2",
        "inputSchema": json.dumps(SCHEMA),
    }
