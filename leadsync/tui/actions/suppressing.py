"""The suppression list: leads and typed addresses put on it, entries looked at and taken off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadsync.core.access.rights import Right
from leadsync.core.errors import InputError
from leadsync.core.suppression import (
    list_suppressions,
    parse_suppression,
    release,
    suppress,
)
from leadsync.core.wording import plural
from leadsync.tui.grid.cell_text import fit
from leadsync.tui.panels.form import Form
from leadsync.tui.panels.picker import Choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.suppression import Suppressed, Suppression
    from leadsync.tui.desk import Desk

ADD = "ctrl+n"
NEW = "+"
PERSON = "person"
NAMED = 10
STORY = 40  # cells
WHAT_HAPPENS = (
    "Imports and pushes leave them out, and no run asks about them; leads that are there stay."
)


@dataclass(frozen=True, slots=True)
class _Reach:
    """What of some leads can be suppressed."""

    addresses: tuple[str, ...]
    domains: tuple[str, ...]


def suppress_leads(desk: Desk) -> None:
    """Addresses of the leads that are meant, or their domains, after a choice and a reason."""
    ids = desk.targets()

    def find() -> _Reach:
        rows = desk.workspace.store.rows(ids, ["email"])
        return reach_of([str(email) for (email,) in rows if email])

    desk.ask_store("suppress", find, lambda reach: _choose(desk, reach))


def reach_of(emails: Sequence[str]) -> _Reach:
    """The addresses and domains of these cells, each once."""
    parsed = [parse_suppression(email) for email in emails]
    addresses = dict.fromkeys(one[1] for one in parsed if one and one[0] == "email")
    domains = dict.fromkeys(address.rpartition("@")[2] for address in addresses)
    return _Reach(tuple(addresses), tuple(domains))


def begin_typed(desk: Desk) -> None:
    """A form for addresses or domains, and why."""

    def store(texts: dict[str, str]) -> None:
        form.send(desk, lambda: _suppress_typed(desk, texts), lambda done: _tell(desk, done))

    fields = [("entries", "Address or domain", ""), ("reason", "Reason", "")]
    form = Form("Suppress an address or domain", fields, store)
    desk.app.push_screen(form)


def show_suppressions(desk: Desk) -> None:
    """All entries, to take one off or put another on; erased people are counted only."""
    store = desk.workspace.store
    desk.ask_store("suppressions", lambda: list_suppressions(store), lambda e: _pick(desk, e))


def _choose(desk: Desk, reach: _Reach) -> None:
    if not reach.addresses:
        desk.say("no lead with an e-mail address is meant here")
        return
    choices = [
        Choice("email", _offer("address", "addresses", reach.addresses)),
        Choice("domain", _offer("domain", "domains", reach.domains), "with all who are there"),
    ]

    def chosen(_key: str, kind: str) -> None:
        _ask_why(desk, reach.addresses if kind == "email" else reach.domains)

    desk.pick("Suppress", choices, chosen, footer="Enter: choose   Esc: leave")


def _offer(one: str, many: str, values: Sequence[str]) -> str:
    return f"the {one} {values[0]}" if len(values) == 1 else f"{len(values):,} {many}"


def _ask_why(desk: Desk, values: Sequence[str]) -> None:
    """Ask for the reason, and of anything but one address, whether it is meant."""

    def answered(reason: str) -> bool:
        def work() -> None:
            desk.write(
                lambda: suppress(desk.workspace, values, reason=reason.strip()),
                lambda result: _tell(desk, result),
            )

        if len(values) == 1 and "@" in values[0]:
            work()
            return True
        more = [f"… and {len(values) - NAMED:,} more"] if len(values) > NAMED else []
        lines = [*values[:NAMED], *more, "", WHAT_HAPPENS]
        verb = f"Suppress {values[0] if len(values) == 1 else f'{len(values):,}'}"
        desk.confirm("Suppress", lines, verb, work)
        return True

    what = values[0] if len(values) == 1 else f"{len(values):,}"
    desk.ask(f"Reason to suppress {what} (as unsubscribed; may be blank):", answered)


def _suppress_typed(desk: Desk, texts: dict[str, str]) -> Suppressed:
    entries = texts.get("entries", "").replace(",", " ").replace(";", " ").split()
    if not entries:
        raise InputError("an address or a domain is missing")
    for text in entries:
        if parse_suppression(text) is None:
            raise InputError(f'"{text}" is neither an address nor a domain')
    return suppress(desk.workspace, entries, reason=texts.get("reason", "").strip())


def _tell(desk: Desk, done: Suppressed) -> None:
    if not done.added:
        desk.say("that is suppressed already")
        return
    what = done.added[0].value if len(done.added) == 1 else f"{len(done.added):,} entries"
    known = f", {done.known:,} stood there" if done.known else ""
    desk.say(f"{what} suppressed{known}; {plural(done.leads, 'lead')} covered; u takes it back")


def _pick(desk: Desk, entries: Sequence[Suppression]) -> None:
    shown = {str(entry.id): entry for entry in entries if entry.kind != PERSON}
    erased = len(entries) - len(shown)
    choices = [
        Choice(number, entry.value, fit(_story(entry), STORY)) for number, entry in shown.items()
    ]
    choices.append(Choice(NEW, "Suppress an address or domain", "Ctrl+N"))

    def chosen(key: str, number: str) -> None:
        if key == ADD or number == NEW:
            desk.do("people.suppress_typed")
        else:
            _release(desk, shown[number])

    beside = f"; hashes of erased people: {erased:,}" if erased else ""
    footer = "Enter: take it off   Ctrl+N: add"
    desk.pick(f"Suppressed: {len(shown):,}{beside}", choices, chosen, footer=footer, keys=(ADD,))


def _story(entry: Suppression) -> str:
    return "  ".join(filter(None, (entry.reason, entry.source, entry.created_at[:10])))


def _release(desk: Desk, entry: Suppression) -> None:
    desk.workspace.require(Right.EDIT)

    def gone(_done: object) -> None:
        desk.say(f"{entry.value} may be touched again; u takes that back")

    desk.confirm(
        f"Take {entry.value} off the list",
        [_story(entry), "imports, runs and pushes take what it covers again"],
        "Take it off",
        lambda: desk.write(lambda: release(desk.workspace, [entry.value]), gone),
    )
