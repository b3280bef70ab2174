"""A simulated server of an HTTP column: JSON that has what the column looks for.

Where a column's paths are plain (`data.email`) or compare (`status == 'done'`), they are there;
beside them stand the usual names, so that other paths find something, too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from leadsync.core.practice.marks import DOMAIN, MARK, WORD
from leadsync.core.practice.simulating import Told
from leadsync.enrichers.practice.invented import invent_person

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadsync.core.practice.simulating import Asked

NOT_FOUND, UNABLE = 0.05, 0.02
_PATH = re.compile(r"[a-z_]\w*(?:\.[a-z_]\w*)*", re.IGNORECASE)
_EQUALS = re.compile(r"([a-z_][\w.]*)\s*==\s*['`\"]+([^'`\"]*)['`\"]+", re.IGNORECASE)
_NO_CALLBACKS = f"{MARK}callbacks are not simulated: practise with mode sync or poll"


class AnyServer:
    """See `simulating.SimulatesHttp`."""

    def tell(self, asked: Asked) -> Told:
        """An object with the column's paths in it, or now and then a failure."""
        if asked.expects.get("mode") == "callback":
            return Told({"message": _NO_CALLBACKS}, 422)
        if asked.happens(UNABLE):
            return Told({"message": f"{MARK}the server cannot use this"}, 422)
        is_look_up = asked.method == "GET" and asked.expects.get("mode") == "sync"
        if is_look_up and asked.happens(NOT_FOUND):
            return Told({"message": f"{MARK}nothing is known"}, 404)
        body = _usual(asked)
        for path in cast("Iterable[str]", asked.expects.get("paths") or ()):
            _satisfy(body, path.removeprefix("body."), asked)
        return Told(body)


def _usual(asked: Asked) -> dict[str, Any]:
    person = invent_person(asked.chance)
    known: dict[str, Any] = {
        "id": f"{WORD}-{asked.chance.getrandbits(24):06x}",
        "status": "ok",
        "result": "deliverable",
        "message": f"{MARK}simulated answer",
        "email": person.email,
        "name": f"{person.first_name} {person.last_name}",
        "first_name": person.first_name,
        "last_name": person.last_name,
        "title": person.title,
        "company": person.company,
        "domain": DOMAIN,
        "score": asked.chance.randint(1, 99),
    }
    return {**known, "data": dict(known), "results": [dict(known)], "items": [dict(known)]}


def _satisfy(body: dict[str, Any], path: str, asked: Asked) -> None:
    """Put what a path looks for into the body."""
    for name, value in _EQUALS.findall(path):
        _place(body, name.removeprefix("body."), value)
    if _PATH.fullmatch(path):
        place = body
        for name in path.split("."):
            found: Any = place.get(name)
            if found is not None and not isinstance(found, dict):
                return  # it is there already
            place = cast("dict[str, Any]", found or {})
        if not place:
            _place(body, path, f"{MARK}{path.rpartition('.')[2]} {asked.chance.randint(1, 99)}")


def _place(body: dict[str, Any], path: str, value: str) -> None:
    *folders, last = path.split(".")
    place = body
    for name in folders:
        inner: Any = place.get(name)
        if not isinstance(inner, dict):
            inner = place[name] = {}
        place = cast("dict[str, Any]", inner)
    place[last] = value
