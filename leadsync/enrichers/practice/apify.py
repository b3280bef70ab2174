"""A simulated Apify: every actor finds an invented profile for each address of its input."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.practice.marks import DOMAIN, MARK
from leadsync.core.practice.simulating import Told
from leadsync.enrichers.practice.invented import invent_person

if TYPE_CHECKING:
    from leadsync.core.practice.simulating import Asked

PRICE_USD = 0.004
UNKNOWN = 0.1
_RUNS = re.compile(r"/v2/(?:actors|acts)/[^/]+/runs$")
_RUN = re.compile(r"/v2/actor-runs/([^/]+)(/abort)?$")
_ITEMS = re.compile(r"/v2/datasets/([^/]+)/items$")
_ADDRESS = re.compile(r"https?://[^\s\"\\]+")


class Apify:
    """See `simulating.SimulatesHttp`."""

    def tell(self, asked: Asked) -> Told:
        """An answer of the operation that is asked for."""
        if _RUNS.search(asked.path):
            return _start(asked) if asked.method == "POST" else Told({"data": {"items": []}})
        if found := _RUN.search(asked.path):
            run = asked.shelf.get(found[1])
            return Told({"data": run}) if run else _missing()
        if found := _ITEMS.search(asked.path):
            return _page(asked, asked.shelf.get(found[1]))
        if asked.path.endswith("/users/me"):
            return Told({"data": {"username": f"{MARK}nobody"}})
        if "/users/me/" in asked.path:
            return Told({"data": {"limits": {}}})
        return _missing()


def _start(asked: Asked) -> Told:
    """Do the work at once, and keep it for the looks that come."""
    addresses = list(dict.fromkeys(_ADDRESS.findall(json.dumps(asked.body))))
    items = [_profile(asked, address) for address in addresses if not asked.happens(UNKNOWN)]
    items = items[: int(asked.params.get("maxItems") or len(items))]
    number = f"{asked.chance.getrandbits(48):012x}"
    run: dict[str, Any] = {
        "id": f"practice{number}",
        "defaultDatasetId": f"practiceset{number}",
        "status": "SUCCEEDED",
        "statusMessage": f"{MARK}finished",
        "startedAt": datetime.now(UTC).isoformat(),
        "usageTotalUsd": round(len(items) * PRICE_USD, 6),
        "chargedEventCounts": {"result": len(items)},
        "options": {"maxTotalChargeUsd": float(asked.params.get("maxTotalChargeUsd") or 0) or None},
    }
    asked.shelf.put(run["id"], run)
    asked.shelf.put(run["defaultDatasetId"], items)
    return Told({"data": {**run, "status": "READY", "usageTotalUsd": 0}}, 201)


def _profile(asked: Asked, address: str) -> dict[str, Any]:
    person = invent_person(asked.chance)
    return {
        "linkedinUrl": address,
        "url": address,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "headline": person.title,
        "about": f"{MARK}Somebody who was made up.",
        "email": person.email,
        "location": {"linkedinText": person.city},
        "currentPosition": [
            {
                "position": person.title,
                "companyName": person.company,
                "companyWebsite": f"https://{DOMAIN}",
            }
        ],
    }


def _page(asked: Asked, kept: Any) -> Told:
    items = cast("list[Any]", kept) if isinstance(kept, list) else []
    at = int(asked.params.get("offset") or 0)
    total = {"X-Apify-Pagination-Total": str(len(items))}
    return Told(items[at : at + int(asked.params.get("limit") or 1000)], headers=total)


def _missing() -> Told:
    words = f"{MARK}nothing is simulated here"
    return Told({"error": {"type": "record-not-found", "message": words}}, 404)
