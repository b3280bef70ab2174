"""A simulated Apollo: people and companies, in the shapes of its bulk operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from leadsync.core.practice.marks import DOMAIN, MARK
from leadsync.core.practice.simulating import Told
from leadsync.enrichers.answer_fields import list_at
from leadsync.enrichers.practice.invented import INDUSTRIES, invent_company, invent_person

if TYPE_CHECKING:
    from leadsync.core.practice.simulating import Asked

UNKNOWN = 0.12


class Apollo:
    """See `simulating.SimulatesHttp`."""

    def tell(self, asked: Asked) -> Told:
        """An answer of the operation that is asked for."""
        if asked.path.endswith("/auth/health"):
            return Told({"healthy": True, "is_logged_in": True})
        details = _details(asked)
        if asked.path.endswith("/people/bulk_match"):
            matches = [_match(asked, one) for one in details]
            used = sum(match is not None for match in matches)
            return Told({"status": "success", "matches": matches, "credits_consumed": used})
        if asked.path.endswith("/organizations/bulk_enrich"):
            return Told({"status": "success", "organizations": [_company(asked) for _ in details]})
        words = f"{MARK}only look-ups of people and companies are simulated"
        return Told({"error": words, "message": words}, 422)


def _details(asked: Asked) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", list_at(asked.body, "details"))


def _match(asked: Asked, one: dict[str, Any]) -> dict[str, Any] | None:
    if asked.happens(UNKNOWN):
        return None
    name = one.get("name") or f"{one.get('first_name') or ''} {one.get('last_name') or ''}"
    person = invent_person(asked.chance, str(name))
    return {
        "id": "practice",
        "name": f"{person.first_name} {person.last_name}",
        "first_name": person.first_name,
        "last_name": person.last_name,
        "headline": person.title,
        "title": person.title,
        "city": person.city,
        "country": person.country,
        "linkedin_url": person.profile,
        "email": person.email,
        "email_status": "verified",
        "organization": {"name": person.company, "primary_domain": DOMAIN},
    }


def _company(asked: Asked) -> dict[str, Any] | None:
    if asked.happens(UNKNOWN):
        return None
    return {
        "id": "practice",
        "name": invent_company(asked.chance),
        "primary_domain": DOMAIN,
        "website_url": f"https://{DOMAIN}",
        "industry": MARK + asked.chance.choice(INDUSTRIES),
        "short_description": f"{MARK}A company that was made up.",
        "estimated_num_employees": asked.chance.randint(3, 900),
        "founded_year": asked.chance.randint(1950, 2024),
    }
