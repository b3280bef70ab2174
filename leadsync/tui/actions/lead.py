"""Leads: adding, opening, removing, restoring, tagging, moving."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.campaigns import list_campaigns
from leadsync.core.leads.editing import add_lead, move_leads, restore_leads, tag_leads, trash_leads
from leadsync.core.leads.form_fields import FORM
from leadsync.core.models import DEFAULT_CAMPAIGN, OWN_FIELDS
from leadsync.core.suppression import covered_note
from leadsync.core.tag_names import check_tags
from leadsync.core.values import show
from leadsync.core.wording import plural
from leadsync.tui.panels.form import Form
from leadsync.tui.panels.picker import Choice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadsync.tui.desk import Desk

MOST_TAGS_OFFERED = 1000


def add(desk: Desk, _count: int | None) -> None:
    """A form for a new lead; it goes to the campaign that is shown, else to Inbox."""
    campaign = desk.model.look.campaign or DEFAULT_CAMPAIGN

    def store(cells: dict[str, str]) -> None:
        def added(lead_id: int) -> None:
            but = " but is suppressed" if covered_note(desk.workspace.store, lead_id) else ""
            desk.say(f"lead {lead_id} added to {campaign}{but}; u takes it back")

        form.send(desk, lambda: add_lead(desk.workspace, campaign, cells), added)

    form = Form(f"New lead in {campaign}", [(key, label, "") for key, label in FORM], store)
    desk.app.push_screen(form)


def open(desk: Desk, _count: int | None) -> None:  # noqa: A001 - the name of the action
    """All fields of the lead under the cursor, those that are hidden, too."""
    lead_id = desk.grid.lead_id
    if lead_id is None:
        return
    keys = [*OWN_FIELDS, *(column.key for column in desk.workspace.store.columns())]
    rows = desk.workspace.store.rows([lead_id], keys)
    width = max(map(len, keys)) + 2
    lines = [
        f"{key:<{width}}{show(value)}"
        for row in rows
        for key, value in zip(keys, row, strict=True)
        if value not in (None, (), "")
    ]
    desk.read(f"Lead {lead_id}", "\n".join(lines))


def trash(desk: Desk, _count: int | None) -> None:
    """The leads into the trash; others than the cursor's alone after a look."""
    ids = desk.targets()

    def work() -> None:
        _write(desk, lambda: trash_leads(desk.workspace, ids), "moved to the trash", unmark=ids)

    if desk.is_cursors(ids):
        work()
    elif len(ids):
        lines = [
            _whom(desk, ids),
            "They leave all lists, runs and exports. u or gz brings them back.",
        ]
        desk.confirm("Move to the trash", lines, f"Remove {plural(len(ids), 'lead')}", work)


def restore(desk: Desk, _count: int | None) -> None:
    """The leads out of the trash."""
    if not desk.model.look.trashed:
        desk.say("gz shows the trash; there, zr takes leads out of it")
        return
    ids = desk.targets()
    _write(desk, lambda: restore_leads(desk.workspace, ids), "restored", unmark=ids)


def tag(desk: Desk, _count: int | None) -> None:
    """Tags on and off: `vip -cold`."""
    ids = desk.targets()
    whom = _whom(desk, ids)
    known = [str(tag) for tag, _ in desk.workspace.store.value_counts({}, "tags", limit=100) if tag]

    def answered(text: str) -> bool:
        words = [word.strip() for word in text.replace(",", ";").split(";") if word.strip()]
        words = [part for word in words for part in ([word] if ";" in text else word.split())]
        more = check_tags(word for word in words if not word.startswith("-"))
        less = check_tags(word[1:] for word in words if word.startswith("-"))
        if more or less:
            _after_look(
                desk,
                "Tag leads",
                [f"{whom}: {text}"],
                f"Tag {plural(len(ids), 'lead')}",
                ids,
                lambda: _write(
                    desk, lambda: tag_leads(desk.workspace, ids, add=more, drop=less), "changed"
                ),
            )
        return True

    def complete(text: str) -> str | None:
        head, word = text[: text.rfind(" ") + 1], text[text.rfind(" ") + 1 :].removeprefix("-")
        sign = "-" if text[len(head) :].startswith("-") else ""
        found = next((tag for tag in known if word and tag.startswith(word)), None)
        return f"{head}{sign}{found}" if found else None

    desk.ask(f"Tags of {plural(len(ids), 'lead')} (-tag takes away):", answered, complete=complete)


def move(desk: Desk, _count: int | None) -> None:
    """The leads to a campaign that is chosen, or to a new one whose name is typed."""
    ids = desk.targets()
    whom = _whom(desk, ids)
    campaigns = list_campaigns(desk.workspace)
    choices = [Choice(c.campaign.name, c.campaign.name, f"{c.leads:,}") for c in campaigns]

    def chosen(_key: str, name: str) -> None:
        _after_look(
            desk,
            "Move leads",
            [f"{whom} to {name}"],
            f"Move {plural(len(ids), 'lead')}",
            ids,
            lambda: _write(desk, lambda: move_leads(desk.workspace, ids, name), f"moved to {name}"),
        )

    title = f"Move {plural(len(ids), 'lead')} to"
    desk.pick(title, choices, chosen, offer="New campaign")


def _after_look(
    desk: Desk,
    title: str,
    lines: list[str],
    verb: str,
    ids: Sequence[int],
    work: Callable[[], None],
) -> None:
    if desk.is_cursors(ids):
        work()
    else:
        desk.confirm(title, lines, verb, work)


def _whom(desk: Desk, ids: Sequence[int]) -> str:
    """Which leads these, that are meant now, are: `3 marked leads, 2 of them not shown here`."""
    if desk.grid.cursor.has_range or not desk.model.marks:
        return plural(len(ids), "lead")
    unseen = len(ids) - desk.model.marks.count_in(desk.model.ids)
    if unseen == len(ids):
        return f"{plural(unseen, 'marked lead')}, not shown here"
    return f"{plural(len(ids), 'marked lead')}" + f", {unseen:,} of them not shown here" * bool(
        unseen
    )


def _write(desk: Desk, work: Callable[[], int], done: str, *, unmark: Sequence[int] = ()) -> None:
    def after(number: int) -> None:
        desk.model.marks.remove(unmark)
        desk.say(f"{plural(number, 'lead')} {done}; u takes it back")

    desk.write(work, after)
