"""A simulated People Data Labs: people many at once, and companies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from leadsync.core.practice.marks import DOMAIN, MARK, WORD
from leadsync.core.practice.simulating import Told
from leadsync.enrichers.answer_fields import list_at
from leadsync.enrichers.practice.invented import INDUSTRIES, invent_company, invent_person

if TYPE_CHECKING:
    from leadsync.core.practice.simulating import Asked

UNKNOWN = 0.12
_MISS: dict[str, Any] = {
    "status": 404,
    "error": {"type": ["not_found"], "message": f"{MARK}nobody is known by that"},
}


class PeopleDataLabs:
    """See `simulating.SimulatesHttp`."""

    def tell(self, asked: Asked) -> Told:
        """An answer of the operation that is asked for."""
        if asked.path.endswith("/person/bulk"):
            questions = cast("list[dict[str, Any]]", list_at(asked.body, "requests"))
            return Told([_person(asked, one) for one in questions])
        if asked.path.endswith("/company/enrich"):
            return Told(_MISS, 404) if asked.happens(UNKNOWN) else Told(_company(asked))
        return Told(_MISS, 404)


def _person(asked: Asked, question: dict[str, Any]) -> dict[str, Any]:
    mark: dict[str, Any] = {"metadata": question.get("metadata") or {}}
    if asked.happens(UNKNOWN):
        return _MISS | mark
    params = cast("dict[str, Any]", question.get("params") or {})
    names = (str(params.get("first_name") or ""), str(params.get("last_name") or ""))
    name = params.get("name") or " ".join(part for part in names if part)
    person = invent_person(asked.chance, str(name))
    data = {
        "id": WORD,
        "full_name": f"{person.first_name} {person.last_name}",
        "first_name": person.first_name,
        "last_name": person.last_name,
        "headline": person.title,
        "summary": f"{MARK}Somebody who was made up.",
        "job_title": person.title,
        "job_company_name": person.company,
        "job_company_website": DOMAIN,
        "location_locality": person.city,
        "location_country": person.country,
        "linkedin_url": person.profile.removeprefix("https://www."),
        "work_email": person.email,
    }
    return {"status": 200, "likelihood": asked.chance.randint(6, 10), "data": data, **mark}


def _company(asked: Asked) -> dict[str, Any]:
    return {
        "status": 200,
        "likelihood": 8,
        "id": WORD,
        "name": invent_company(asked.chance),
        "website": DOMAIN,
        "industry": MARK + asked.chance.choice(INDUSTRIES),
        "size": f"{MARK}11-50",
        "employee_count": asked.chance.randint(11, 50),
        "founded": asked.chance.randint(1950, 2024),
        "summary": f"{MARK}A company that was made up.",
    }
