"""The command line that does what an action would do here: what the palette copies."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from leadsync.core.errors import InputError
from leadsync.core.sync.recent_campaign import recent_campaign
from leadsync.core.sync.recent_table import recent_table
from leadsync.core.values import show
from leadsync.core.views import column_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadsync.tui.desk import Desk

MOST_IDS = 50  # more leads are named by the filter


def command_line(desk: Desk, action_id: str) -> str:
    """The command with its options for the leads that are shown or meant; empty: there is none."""
    make = _TWINS.get(action_id)
    return shlex.join(["leadsync", *make(desk)]) if make else ""


def _look(desk: Desk) -> list[str]:
    look = desk.model.look
    words: list[str] = []
    for option, value in (("--where", look.where), ("--campaign", look.campaign),
                          ("--view", look.view)):  # fmt: skip
        words += [option, value] if value else []
    return words


def _leads(desk: Desk) -> list[str]:
    ids: Sequence[int] = desk.targets()
    if len(ids) <= MOST_IDS:
        return [str(lead_id) for lead_id in ids]
    return _look(desk)


def _ids(desk: Desk) -> str:
    """A filter that names the leads that are meant, as far as they are few."""
    ids = desk.targets()[:MOST_IDS]
    return " or ".join(f"id:{lead_id}" for lead_id in ids)


def _cell(desk: Desk) -> tuple[str, str, str]:
    """Lead, key and text of the cell under the cursor."""
    lead_id, field = desk.grid.lead_id, desk.grid.field
    if lead_id is None or field is None:
        return "", "", ""
    rows = desk.workspace.store.rows([lead_id], [field.key])
    return str(lead_id), field.key, show(rows[0][0]) if rows else ""


def _address(desk: Desk) -> str:
    """By what the person under the cursor is named; a word in its place where there is none."""
    from leadsync.tui.actions.people import person_here

    try:
        return person_here(desk)
    except InputError:
        return "EMAIL"


def _addresses(desk: Desk) -> list[str]:
    """Addresses of the leads that are meant, as far as they are few."""
    rows = desk.workspace.store.rows(desk.targets()[:MOST_IDS], ["email"])
    return [str(email) for (email,) in rows if email] or ["ADDRESS"]


def _running(desk: Desk) -> str:
    """The column that runs fill, under the cursor; a word in its place where there is none."""
    from leadsync.tui.actions.run import running_column

    try:
        return running_column(desk).key
    except InputError:
        return "COLUMN"


def _list(desk: Desk) -> list[str]:
    sort = [word for text in desk.model.look.sort_texts for word in ("--sort", text)]
    return ["leads", "list", *_look(desk), *sort]


def _edit(desk: Desk) -> list[str]:
    lead_id, key, text = _cell(desk)
    return ["leads", "edit", lead_id, "--set", f"{key}={text}"]


def _save_view(desk: Desk) -> list[str]:
    from leadsync.tui.actions.find import view_here

    kept = view_here(desk)
    words = ["views", "save", desk.model.look.view or "NAME"]
    for option, value in (("--where", kept.where), ("--campaign", kept.campaign)):
        words += [option, value] if value else []
    words += [word for text in kept.sort for word in ("--sort", text)]
    columns = ",".join(column_text(column) for column in kept.columns if not column.hidden)
    hidden = ",".join(column_text(column) for column in kept.columns if column.hidden)
    words += ["--columns", columns, "--frozen", str(desk.grid.layout_now.frozen)]
    return [*words, *(["--hidden", hidden] if hidden else [])]


def _import(desk: Desk) -> list[str]:
    campaign = desk.model.look.campaign
    return ["import", "FILE", *(["--campaign", campaign] if campaign else [])]


def _export(desk: Desk) -> list[str]:
    sort = [word for text in desk.model.look.sort_texts for word in ("--sort", text)]
    columns = ",".join(field.key for field in desk.grid.layout_now.fields)
    return ["export", "FILE", *_look(desk), *sort, "--columns", columns]


def _sheet(desk: Desk) -> list[str]:
    """The sheet that was named last."""
    recent = recent_table(desk.workspace.config.state_folder)
    return [recent.address or "URL", *(["--tab", recent.tab] if recent.tab else [])]


def _instantly(option: str, desk: Desk) -> list[str]:
    """The campaign at Instantly that was used last."""
    return [option, recent_campaign(desk.workspace, "instantly") or "CAMPAIGN"]


def _push_sheets(desk: Desk) -> list[str]:
    columns = ",".join(field.key for field in desk.grid.layout_now.fields)
    return ["push", "sheets", "--to", *_sheet(desk), *_look(desk), "--columns", columns]


_TWINS: dict[str, Callable[[Desk], list[str]]] = {
    "edit.cell": _edit,
    "edit.set_marked": lambda desk: [
        "leads", "edit", *_leads(desk), "--set", f"{_cell(desk)[1]}=VALUE",
    ],
    "edit.clear": lambda desk: ["leads", "edit", *_leads(desk), "--set", f"{_cell(desk)[1]}="],
    "app.keys": lambda _desk: ["keys", "list"],
    "app.practice": lambda _desk: ["--practice"],
    "app.whoami": lambda _desk: ["whoami"],
    "app.logout": lambda _desk: ["logout"],
    "edit.undo": lambda _desk: ["undo"],
    "edit.redo": lambda _desk: ["redo"],
    "lead.add": lambda _desk: ["leads", "add"],
    "lead.open": lambda desk: ["leads", "show", _cell(desk)[0]],
    "lead.trash": lambda desk: ["leads", "rm", *_leads(desk)],
    "lead.restore": lambda desk: ["leads", "restore", *_leads(desk)],
    "lead.tag": lambda desk: ["tags", "add", "TAG", *_leads(desk)],
    "lead.move": lambda desk: ["leads", "move", *_leads(desk), "--to", "CAMPAIGN"],
    "find.search": _list,
    "find.filter": _list,
    "find.by_cell": _list,
    "find.view": lambda _desk: ["views", "list"],
    "find.save_view": _save_view,
    "find.campaign": lambda _desk: ["campaigns", "list"],
    "find.trash": lambda _desk: ["leads", "list", "--trash"],
    "files.import_file": _import,
    "files.export": _export,
    "files.hooks": lambda _desk: ["hooks", "list"],
    "files.add_hook": lambda _desk: ["hooks", "add", "NAME"],
    "users.show": lambda _desk: ["users", "list"],
    "users.add": lambda _desk: ["users", "add", "EMAIL"],
    "users.password": lambda _desk: ["users", "passwd"],
    "tokens.show": lambda _desk: ["tokens", "list"],
    "tokens.add": lambda _desk: ["tokens", "add", "NAME", "--scope", "SCOPES"],
    "files.push_instantly": lambda desk: [
        "push", "instantly", *_instantly("--to", desk), *_look(desk),
        *([] if desk.model.look.campaign else ["--campaign", "NAME"]),
    ],
    "files.pull_instantly": lambda desk: ["pull", "instantly", *_instantly("--from", desk)],
    "files.push_sheets": _push_sheets,
    "files.pull_sheets": lambda desk: ["pull", "sheets", "--from", *_sheet(desk)],
    "layout.sort_up": _list,
    "layout.sort": _list,
    "column.rename": lambda desk: ["columns", "edit", _cell(desk)[1], "--label", "LABEL"],
    "run.cells": lambda desk: ["enrich", "--column", _running(desk), "--where", _ids(desk)],
    "run.column": lambda desk: ["enrich", "--column", _running(desk), *_look(desk)],
    "run.again": lambda desk: [
        "enrich", "--column", _running(desk), *_look(desk), "--scope", "all", "--no-cache",
    ],
    "run.stop": lambda _desk: ["runs", "stop", "RUN"],
    "run.jobs": lambda _desk: ["runs", "list"],
    "column.add": lambda _desk: ["columns", "add", "--recipe", "RECIPE"],
    "column.settings": lambda desk: ["columns", "edit", _cell(desk)[1], "--set", "NAME=VALUE"],
    "column.arm": lambda desk: ["columns", "arm", _cell(desk)[1], "--usd-per-day", "USD"],
    "column.remove": lambda desk: ["columns", "rm", _cell(desk)[1]],
    "story.inspect": lambda desk: ["why", *_cell(desk)[:2]],
    "story.history": lambda _desk: ["history"],
    "people.show": lambda desk: ["person", _address(desk)],
    "people.duplicates": lambda _desk: ["leads", "dupes", "--across"],
    "people.limits": lambda desk: [
        "campaigns", "set", desk.model.look.campaign or "NAME", "--retention-days", "DAYS",
    ],
    "people.expire": lambda _desk: ["expire", "--dry-run"],
    "people.suppress": lambda desk: ["suppress", "add", *_addresses(desk), "--reason", "TEXT"],
    "people.suppressions": lambda _desk: ["suppress", "list"],
    "people.suppress_typed": lambda _desk: ["suppress", "add", "ADDRESS", "--reason", "TEXT"],
    "people.erase": lambda desk: ["erase", _address(desk), "--dry-run"],
}  # fmt: skip
