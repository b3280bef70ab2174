"""A simulated Hunter: addresses, verdicts and companies, in the shapes of its API v2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadsync.core.practice.marks import DOMAIN, MARK
from leadsync.core.practice.simulating import Told
from leadsync.enrichers.practice.invented import INDUSTRIES, PLACES, invent_company, invent_person

if TYPE_CHECKING:
    from leadsync.core.practice.simulating import Asked

UNKNOWN = 0.12
RESTRICTED = 0.01
VERDICTS = ("valid", "valid", "valid", "valid", "valid", "invalid", "accept_all", "unknown")
_METERS = ("searches", "verifications", "credits")


class Hunter:
    """See `simulating.SimulatesHttp`."""

    def tell(self, asked: Asked) -> Told:
        """An answer of the operation that is asked for."""
        if asked.path.endswith("/account"):
            return Told({"data": _ACCOUNT})
        if asked.happens(RESTRICTED):
            return _error(451, "claimed_email", "this person asked not to be looked up")
        if asked.path.endswith("/email-verifier"):
            word = asked.chance.choice(VERDICTS)
            score = asked.chance.randint(40, 99)
            return Told({"data": {"status": word, "result": MARK.strip(), "score": score}})
        if asked.path.endswith("/email-finder"):
            return Told({"data": _found(asked)})
        if asked.path.endswith("/companies/find") and not asked.happens(UNKNOWN):
            return Told({"data": _company(asked)})
        return _error(404, "not_found", "nothing is known about that")


def _found(asked: Asked) -> dict[str, Any]:
    names = (asked.params.get("first_name", ""), asked.params.get("last_name", ""))
    name = asked.params.get("full_name") or " ".join(part for part in names if part)
    person = invent_person(asked.chance, name)
    is_known = not asked.happens(UNKNOWN)
    return {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email if is_known else None,
        "score": asked.chance.randint(50, 99) if is_known else None,
        "domain": DOMAIN,
        "position": person.title,
        "company": person.company,
        "verification": {"status": "valid" if is_known else None},
    }


def _company(asked: Asked) -> dict[str, Any]:
    city, country = asked.chance.choice(PLACES)
    return {
        "id": "practice",
        "name": invent_company(asked.chance),
        "domain": DOMAIN,
        "category": {"industry": MARK + asked.chance.choice(INDUSTRIES)},
        "description": f"{MARK}A company that was made up.",
        "foundedYear": asked.chance.randint(1950, 2024),
        "geo": {"city": MARK + city, "country": MARK + country},
        "metrics": {"employees": asked.chance.randint(3, 900), "employeesRange": f"{MARK}some"},
    }


_ACCOUNT: dict[str, Any] = {
    "email": f"nobody@{DOMAIN}",
    "reset_date": "2099-01-01",
    "requests": {name: {"used": 12, "available": 4_988} for name in _METERS},
}


def _error(status: int, name: str, words: str) -> Told:
    return Told({"errors": [{"id": name, "code": status, "details": MARK + words}]}, status)
