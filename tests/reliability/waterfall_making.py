"""A waterfall of three sources over leads of which each source knows some."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadsync.core.columns.column_file import ColumnSpec
from leadsync.core.columns.definitions import add_column

if TYPE_CHECKING:
    from leadsync.core.models import Column
    from leadsync.core.workspace import Workspace

SOURCES = ("first", "second", "third")
PRICES = {"first": 1000, "second": 2000, "third": 5000}
CHECK_PRICE = 100


def number_of(lead: str) -> int:
    """The number of `Person 12`."""
    return int(lead.rpartition(" ")[2])


def finds(source: str, lead: str) -> dict[str, Any] | None:
    """The first source knows every second lead, the second every third, the third most.

    Of what the first one knows, every fifth address is dead.
    """
    number = number_of(lead)
    is_known = {"first": number % 2 == 0, "second": number % 3 == 0, "third": number % 7 != 1}
    if not is_known[source]:
        return None
    dead = "dead-" if source == "first" and number % 5 == 0 else ""
    return {"email": f"{dead}{source}{number}@found.example", "score": number % 100}


def status(address: str) -> str:
    """What the checker says of such an address."""
    return "undeliverable" if address.startswith("dead-") else "deliverable"


def calls_needed(leads: int) -> set[tuple[str, str]]:
    """What has to be charged for `Person 0` to `Person N-1`: no call more, and none less."""
    needed: set[tuple[str, str]] = set()
    for number in range(leads):
        lead = f"Person {number}"
        for source in SOURCES:
            found = finds(source, lead)
            if found is None:
                continue
            needed |= {(source, lead), ("check", found["email"])}
            if status(found["email"]) == "deliverable":
                break
    return needed


def answer_of(number: int) -> str | None:
    """The address that a lead ends with."""
    for source in SOURCES:
        found = finds(source, f"Person {number}")
        if found is not None and status(found["email"]) == "deliverable":
            return found["email"]
    return None


def a_step(url: str, source: str, *, checked: bool = True, **more: Any) -> dict[str, Any]:
    """One step of the config; settings of the step go by their names, others are the kind's."""
    own = {name: more.pop(name) for name in ("on_held", "outputs", "name") if name in more}
    config = {"url": url, "source": source, "price": PRICES[source], **more}
    then = {"kind": "check", "name": "verify", "config": {"url": url, "price": CHECK_PRICE}}
    step = {"kind": "seek", "name": source, "config": config, **own}
    return step | ({"then": then} if checked else {})


def a_waterfall(
    workspace: Workspace, *steps: dict[str, Any], accept: str = "", key: str = "found", **more: Any
) -> Column:
    """A column with these steps; what they find as e-mail fills the column itself."""
    config = {"steps": list(steps), "accept": accept}
    outputs = {"email": key, **more.pop("outputs", {})}
    spec = ColumnSpec(key=key, kind="waterfall", config=config, outputs=outputs, **more)
    return add_column(workspace, spec)


def the_waterfall(workspace: Workspace, url: str, **first: Any) -> Column:
    """Three sources, each checked."""
    steps = [a_step(url, source, **(first if source == "first" else {})) for source in SOURCES]
    return a_waterfall(workspace, *steps, accept="email:exists verify=deliverable")
