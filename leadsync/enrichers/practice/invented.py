"""Invented people and companies, alike for equal questions; every text of them is marked."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadsync.core.practice.marks import DOMAIN, MARK, WORD

if TYPE_CHECKING:
    import random

FIRST_NAMES = ("Anna", "Jonas", "Mei", "Omar", "Ines", "Tomas", "Aisha", "Noah", "Lucia", "Kofi")
LAST_NAMES = ("Berg", "Okafor", "Lind", "Moreau", "Sato", "Weiss", "Costa", "Novak", "Ali", "Hart")
TITLES = ("Head of Sales", "Founder", "Marketing lead", "CTO", "Operations manager", "Buyer")
COMPANIES = ("Example Mills", "Sample Foods", "Pretend Labs", "Made-up Motors", "Mock Media")
INDUSTRIES = ("Machinery", "Food", "Software", "Logistics", "Education")
PLACES = (("Berlin", "Germany"), ("Lyon", "France"), ("Leeds", "United Kingdom"))


@dataclass(frozen=True, slots=True)
class Invented:
    """A person who is nobody.

    Attributes:
        email: at practice.example.
    """

    first_name: str
    last_name: str
    title: str
    company: str
    city: str
    country: str

    @property
    def email(self) -> str:
        """An address that can receive nothing."""
        return f"{_slug(self.first_name)}.{_slug(self.last_name)}@{DOMAIN}"

    @property
    def profile(self) -> str:
        """A profile that nobody has."""
        return (
            f"https://www.linkedin.com/in/{WORD}-{_slug(self.first_name)}-{_slug(self.last_name)}"
        )


def invent_person(chance: random.Random, name: str = "") -> Invented:
    """A person, of that name where one is asked for."""
    first, _, last = name.strip().partition(" ")
    city, country = chance.choice(PLACES)
    return Invented(
        first_name=first or chance.choice(FIRST_NAMES),
        last_name=last or chance.choice(LAST_NAMES),
        title=MARK + chance.choice(TITLES),
        company=invent_company(chance),
        city=MARK + city,
        country=MARK + country,
    )


def invent_company(chance: random.Random) -> str:
    """The name of a company."""
    return MARK + chance.choice(COMPANIES)


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "nobody"
