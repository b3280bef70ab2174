"""Lead files of any length: 20 columns under realistic headers, the same for every run.

Row n does not depend on how many rows are asked for. About a tenth of the people and companies
have letters beyond ASCII, a tenth of the phones and a half of the notes are blank.
"""

from __future__ import annotations

import csv
import random
import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

T = TypeVar("T")

HEADERS = (
    "Email", "First Name", "Last Name", "Title", "Company", "Website", "Industry", "# Employees",
    "Annual Revenue", "City", "State", "Country", "Person Linkedin Url", "Phone", "Department",
    "Seniority", "Technologies", "Keywords", "Last Contacted", "Notes",
)  # fmt: skip
SEED = 20_260_301

_FIRST = [
    "Ada",
    "Grace",
    "Alan",
    "Edsger",
    "Barbara",
    "Linus",
    "Margaret",
    "Tim",
    "Radia",
    "Dennis",
    "Frances",
    "Ken",
    "Joan",
    "Niklaus",
    "Mary",
    "Donald",
    "Hedy",
    "John",
    "Katherine",
    "James",
    "Søren",
    "Zoë",
    "José",
    "Jürgen",
    "Anaïs",
]
_LAST = [
    "Lovelace",
    "Hopper",
    "Turing",
    "Dijkstra",
    "Liskov",
    "Torvalds",
    "Hamilton",
    "Lee",
    "Perlman",
    "Ritchie",
    "Allen",
    "Thompson",
    "Clarke",
    "Wirth",
    "Jackson",
    "Knuth",
    "Lamarr",
    "Backus",
    "Johnson",
    "Gosling",
    "Müller",
    "Núñez",
    "Kierkegård",
    "Håkansson",
]
_LEVELS = ("Head of", "VP", "Director of", "Manager,", "Chief", "Senior", "Junior", "Lead")
_FIELDS = ("Sales", "Marketing", "Finance", "Engineering", "Operations", "People", "Product")
_NAMES = [
    "Acme",
    "Globex",
    "Initech",
    "Umbrella",
    "Hooli",
    "Vandelay",
    "Stark",
    "Wayne",
    "Wonka",
    "Cyberdyne",
    "Tyrell",
    "Soylent",
    "Aperture",
    "Oscorp",
    "Gringotts",
    "Dunder",
    "Massive",
    "Nakatomi",
    "Café",
    "Bäckerei",
]
_FORMS = ("GmbH", "Inc", "Ltd", "AG", "LLC", "SAS", "B.V.", "Oy")
_INDUSTRIES = (
    "computer software", "retail", "logistics & supply chain", "banking", "hospital & health care",
    "renewables & environment", "food & beverages", "machinery", "higher education",
)  # fmt: skip
_PLACES = (
    ("Berlin", "BE", "Germany"), ("München", "BY", "Germany"), ("Wien", "", "Austria"),
    ("Paris", "Île-de-France", "France"), ("London", "England", "United Kingdom"),
    ("New York", "NY", "United States"), ("Austin", "TX", "United States"),
    ("San Francisco", "CA", "United States"), ("Toronto", "ON", "Canada"),
    ("Amsterdam", "NH", "Netherlands"), ("Zürich", "ZH", "Switzerland"), ("Oslo", "", "Norway"),
)  # fmt: skip
_SENIORITY = ("entry", "senior", "manager", "director", "vp", "c_suite", "founder")
_TECHNOLOGIES = (
    "Salesforce", "HubSpot", "Snowflake", "PostgreSQL", "Kubernetes", "Shopify", "Stripe", "Segment",
    "Marketo", "Zendesk",
)  # fmt: skip
_KEYWORDS = (
    "b2b saas", "outbound", "demand generation", "supply chain", "e-commerce", "cloud", "iot",
    "carbon accounting", "payments", "hiring",
)  # fmt: skip
_NOTES = (
    "Met at the trade fair, asked for a price list",
    "Wants to talk after the budget is settled",
    'Said: "call me in spring", prefers mail',
    "Uses a competitor until the contract ends in December",
)
_ASCII = str.maketrans("øëéüïúäåñ", "oeeuiuaan")


def iter_rows(rows: int, *, seed: int = SEED) -> Iterator[list[str]]:
    """Rows of cells in the order of `HEADERS`, each with an address of its own."""
    return islice(_endless(random.Random(seed)), rows)


def write_csv(path: Path, rows: int, *, seed: int = SEED) -> Path:
    """Write a lead file in UTF-8 with headers; the path. Takes 10 s for a million rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADERS)
        writer.writerows(iter_rows(rows, seed=seed))
    return path


def _endless(chance: random.Random) -> Iterator[list[str]]:
    number = 0
    while True:
        number += 1
        yield _row(number, chance.random)


def _row(number: int, random_share: Callable[[], float]) -> list[str]:
    def pick(choices: Sequence[T]) -> T:
        return choices[int(random_share() * len(choices))]

    first, last, name = pick(_FIRST), pick(_LAST), pick(_NAMES)
    company = f"{name} {number % 9973} {pick(_FORMS)}"
    domain = f"{name.lower().translate(_ASCII)}{number % 9973}.example"
    slug = f"{first}-{last}-{number:x}".lower().translate(_ASCII)
    field, place = pick(_FIELDS), pick(_PLACES)
    dice = int(random_share() * 1_000_000)
    return [
        f"{first}.{last}{number}@{domain}".lower().translate(_ASCII),
        first, last, f"{pick(_LEVELS)} {field}", company, f"https://www.{domain}",
        pick(_INDUSTRIES), str(1 + dice % 5000), str(dice * 1000), *place,
        f"https://www.linkedin.com/in/{slug}",
        "" if dice % 10 == 0 else f"+49 30 {dice:06d}",
        field, pick(_SENIORITY), f"{pick(_TECHNOLOGIES)}, {pick(_TECHNOLOGIES)}",
        f"{pick(_KEYWORDS)}, {pick(_KEYWORDS)}, {pick(_KEYWORDS)}",
        f"2025-{1 + dice % 12:02d}-{1 + dice % 28:02d}",
        pick(_NOTES) if dice % 2 else "",
    ]  # fmt: skip


if __name__ == "__main__":
    write_csv(Path(sys.argv[1]), int(sys.argv[2]))
