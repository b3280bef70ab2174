"""A simulated Clay: a routine says something about each item; files of items are taken, too."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.practice.marks import DOMAIN, MARK
from leadsync.core.practice.simulating import Told
from leadsync.enrichers.answer_fields import table_at
from leadsync.enrichers.practice.invented import invent_person

if TYPE_CHECKING:
    from leadsync.core.practice.simulating import Asked

FAILED = 0.05
STORAGE = f"https://storage.{DOMAIN}/"
_RESULTS = re.compile(r"/routines/(run|run-batch)/([^/]+)/results$")


class Clay:
    """See `simulating.SimulatesHttp`."""

    def tell(self, asked: Asked) -> Told:
        """An answer of the operation that is asked for."""
        if asked.path.endswith("/me"):
            return Told({"user": {"name": f"{MARK}nobody"}, "workspace": {"id": "practice"}})
        if asked.url.startswith(STORAGE):
            return _storage(asked)
        if asked.path.endswith("/upload-url"):
            name = f"file{asked.chance.getrandbits(32):08x}"
            return Told({"file_id": name, "upload_url": STORAGE + name})
        if asked.path.endswith(("/run", "/run-batch/start")):
            return _start(asked)
        if found := _RESULTS.search(asked.path):
            return _results(asked, found[2], is_file=found[1] == "run-batch")
        return Told({"message": f"{MARK}nothing is simulated here"}, 404)


def _start(asked: Asked) -> Told:
    body = table_at(asked.body)
    items = body.get("items")
    if items is None:
        text = str(asked.shelf.get(STORAGE + str(body.get("file_id"))) or "")
        items = [json.loads(line) for line in text.splitlines() if line.strip()]
    done = [_item(asked, one) for one in cast("list[dict[str, Any]]", items)]
    run_id = f"practice{asked.chance.getrandbits(48):012x}"
    asked.shelf.put(run_id, done)
    return Told({"routine_run_id": run_id, "status": "in_progress"}, 202)


def _item(asked: Asked, item: dict[str, Any]) -> dict[str, Any]:
    if asked.happens(FAILED):
        words = f"{MARK}the routine could not do this one"
        return {"id": item.get("id"), "status": "failed", "error": {"message": words}}
    person = invent_person(asked.chance)
    result = {
        "summary": f"{MARK}Somebody who was made up.",
        "email": person.email,
        "title": person.title,
        "company": person.company,
        "score": asked.chance.randint(1, 10),
    }
    return {"id": item.get("id"), "status": "complete", "result": result}


def _results(asked: Asked, run_id: str, *, is_file: bool) -> Told:
    found = asked.shelf.get(run_id)
    if found is None:
        return Told({"message": f"{MARK}no such run"}, 404)
    known = {"routine_run_id": run_id, "status": "complete", "finished": len(found)}
    if is_file:
        return Told({**known, "result_url": f"{STORAGE}{run_id}"})
    at, limit = int(asked.params.get("cursor") or 0), int(asked.params.get("limit") or 100)
    more = {"cursor": str(at + limit)} if at + limit < len(found) else {}
    return Told({**known, "data": found[at : at + limit], **more})


def _storage(asked: Asked) -> Told:
    if asked.method == "PUT":
        text = asked.body if isinstance(asked.body, str) else json.dumps(asked.body)
        asked.shelf.put(asked.url, text)
        return Told({})
    return Told(cast("list[Any]", asked.shelf.get(asked.url.removeprefix(STORAGE)) or []))
