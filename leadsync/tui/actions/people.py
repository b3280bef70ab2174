"""People: what is held on them, erasing them, doubles across campaigns, and how long leads stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.campaign_settings import campaign_settings, set_campaign, settings_in_words
from leadsync.core.erasure.dossier import find_dossier
from leadsync.core.erasure.dossier_text import dossier_lines
from leadsync.core.erasure.erased_text import advice_lines, erased_lines, expiry_lines
from leadsync.core.erasure.erasing import erase as erase_person
from leadsync.core.erasure.retention import expire as expire_leads
from leadsync.core.errors import InputError
from leadsync.core.leads.duplicates import find_duplicates
from leadsync.core.wording import plural
from leadsync.tui.panels.form import Form
from leadsync.tui.panels.picker import Choice
from leadsync.tui.panels.typed_question import TypedQuestion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.core.campaign_settings import CampaignSettings
    from leadsync.core.erasure.erasing import Erased
    from leadsync.core.erasure.retention import Expiry
    from leadsync.core.leads.duplicates import DuplicateGroup
    from leadsync.tui.desk import Desk

MOST_GROUPS = 500
LIMITS = (
    ("retention_days", "Keep for days"),
    ("max_per_company", "Most per company"),
    ("max_per_domain", "Most per domain"),
)


def show(desk: Desk, _count: int | None) -> None:
    """Everything that is held on the person under the cursor, in all campaigns."""
    person = person_here(desk)

    def take(lines: list[str]) -> None:
        desk.read(person, "\n".join(lines), footer="leadsync person has it as JSON   Esc: close")

    desk.ask_store("person", lambda: [*dossier_lines(find_dossier(desk.workspace, person))], take)


def erase(desk: Desk, _count: int | None) -> None:
    """The person under the cursor, for good, after their address was typed."""
    person = person_here(desk)

    def erased(done: Erased) -> None:
        desk.say(f"erased: {plural(len(done.lead_ids), 'lead')}; u does not bring them back")
        desk.read("Erased", "\n".join([*erased_lines(done), "", *advice_lines(done)]))

    def answered(is_wanted: bool | None) -> None:  # noqa: FBT001 - Textual gives it so
        if is_wanted:
            desk.write(lambda: erase_person(desk.workspace, person), erased)

    def ask(plan: Erased) -> None:
        lines = [*erased_lines(plan), "", *advice_lines(plan)]
        title = "Erase this person from all campaigns, for good"
        question = TypedQuestion(title, lines, person, "erase them for good")
        desk.app.push_screen(question, answered)

    desk.write(lambda: erase_person(desk.workspace, person, dry_run=True), ask)


def duplicates(desk: Desk, _count: int | None) -> None:
    """People who are in several leads, across campaigns; choosing one shows these leads."""

    def find() -> tuple[list[DuplicateGroup], list[Choice]]:
        groups = find_duplicates(desk.workspace, across=True)
        return groups, _choices(desk, groups[:MOST_GROUPS])

    def take(found: tuple[list[DuplicateGroup], list[Choice]]) -> None:
        groups, choices = found
        if not groups:
            desk.say("nobody is there twice")
            return

        def chosen(_key: str, number: str) -> None:
            where = " or ".join(f"id:{lead_id}" for lead_id in groups[int(number)].lead_ids)
            desk.show_changed(where=where, campaign="", view="", only_marked=False, trashed=False)

        first = f"; the first {len(choices)}" if len(choices) < len(groups) else ""
        title = f"{plural(len(groups), 'person')} in several leads{first}"
        footer = "Enter: show these leads   leadsync leads merge makes them one"
        desk.pick(title, choices, chosen, footer=footer)

    desk.ask_store("people", find, take)


def expire(desk: Desk, _count: int | None) -> None:
    """The leads that their campaigns keep no longer, for good, after a question."""

    def ask(plan: list[Expiry]) -> None:
        leads = sum(expiry.leads for expiry in plan)
        lines = [*expiry_lines(plan, dry_run=True)]
        if not leads:
            desk.say("no lead has been kept for as long as its campaign says")
            return
        desk.confirm(
            "Remove for good what is kept no longer", lines,
            f"Remove {plural(leads, 'lead')}; nothing brings them back",
            lambda: desk.write(lambda: expire_leads(desk.workspace), _expired),
        )  # fmt: skip

    def _expired(done: list[Expiry]) -> None:
        removed = plural(sum(expiry.leads for expiry in done), "lead")
        left = dict.fromkeys(sentence for expiry in done for sentence in expiry.left)
        desk.say("; ".join([f"{removed} removed for good", *left]))

    desk.write(lambda: expire_leads(desk.workspace, dry_run=True), ask)


def limits(desk: Desk, _count: int | None) -> None:
    """A form: how long the campaign keeps its leads, and how many of a company are pushed."""
    name = desk.model.look.campaign or _campaign_here(desk)
    campaign = desk.workspace.campaign(name)
    texts = _texts(campaign_settings(campaign))

    def store(cells: dict[str, str]) -> None:
        def stored(changed: object) -> None:
            words = settings_in_words(desk.workspace.campaign(name)) or "no limits"
            desk.say(f"{name}: {words}; u takes it back" if changed else "")

        numbers = {key: _number(cells.get(key, "")) for key, _ in LIMITS}
        form.send(desk, lambda: set_campaign(desk.workspace, name, **numbers), stored)

    fields = [(key, label, texts[key]) for key, label in LIMITS]
    form = Form(f"Limits of {campaign.name}; blank: none", fields, store)
    desk.app.push_screen(form)


def suppress(desk: Desk, _count: int | None) -> None:
    """Put the addresses of the leads that are meant, or their domains, on the suppression list."""
    from leadsync.tui.actions.suppressing import suppress_leads

    suppress_leads(desk)


def suppressions(desk: Desk, _count: int | None) -> None:
    """List who is suppressed, and why; take one off, or put another on."""
    from leadsync.tui.actions.suppressing import show_suppressions

    show_suppressions(desk)


def suppress_typed(desk: Desk, _count: int | None) -> None:
    """Put an address or a domain on the list that is typed."""
    from leadsync.tui.actions.suppressing import begin_typed

    begin_typed(desk)


def person_here(desk: Desk) -> str:
    """The address of the lead under the cursor, else its LinkedIn profile.

    Raises:
        InputError: it has neither.
    """
    lead_id = desk.grid.lead_id
    rows = desk.workspace.store.rows([lead_id], ["email", "linkedin_url"]) if lead_id else []
    found = next((str(cell) for row in rows for cell in row if cell), "")
    if not found:
        raise InputError("no lead with an e-mail address or LinkedIn profile is under the cursor")
    return found


def _choices(desk: Desk, groups: Sequence[DuplicateGroup]) -> list[Choice]:
    """Groups by name and campaigns; all their leads are read at once."""
    ids = [lead_id for group in groups for lead_id in group.lead_ids]
    rows = desk.workspace.store.rows(ids, ["id", "name", "email", "campaign"])
    by_id = {row[0]: row[1:] for row in rows}
    choices: list[Choice] = []
    for number, group in enumerate(groups):
        leads = [by_id[lead_id] for lead_id in group.lead_ids if lead_id in by_id]
        who = next((str(cell) for lead in leads for cell in lead[:2] if cell), "somebody")
        places = ", ".join(sorted({str(lead[2]) for lead in leads}))
        certainty = "" if group.is_certain else "perhaps: "
        choices.append(Choice(
            str(number), f"{who}: {plural(len(leads), 'lead')} in {places}",
            f"{certainty}{' and '.join(group.reasons)}",
        ))  # fmt: skip
    return choices


def _campaign_here(desk: Desk) -> str:
    lead_id = desk.grid.lead_id
    rows = desk.workspace.store.rows([lead_id], ["campaign"]) if lead_id else []
    if not rows:
        raise InputError("no campaign is shown: W chooses one")
    return str(rows[0][0])


def _texts(settings: CampaignSettings) -> dict[str, str]:
    numbers = (settings.retention_days, settings.caps.per_company, settings.caps.per_domain)
    return {
        key: "" if number is None else str(number)
        for (key, _), number in zip(LIMITS, numbers, strict=True)
    }


def _number(text: str) -> int:
    if not text.strip():
        return 0
    if not text.strip().isdecimal():
        raise InputError(f'"{text.strip()}" is no number')
    return int(text)
