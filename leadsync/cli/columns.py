"""`leadsync columns`: the fields of the sheet and their definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from leadsync.cli import columns_arm, columns_files, columns_steps, columns_write
from leadsync.cli.commands import Commands, invocation
from leadsync.cli.options import ColumnKey
from leadsync.cli.table import Heading
from leadsync.core.errors import LeadSyncError

if TYPE_CHECKING:
    from leadsync.core.columns.recipes import Recipe, RecipeUse
    from leadsync.core.models import Column

app = Commands("List, add, edit, show and remove columns")


@app.command("list")
def list_columns(ctx: typer.Context) -> None:
    """List columns with their kind, type, and what they read, fill and may spend a day

    \b
      leadsync columns list
    """
    from leadsync.core.models import to_doc

    call = invocation(ctx)
    with call.workspace() as workspace:
        found = workspace.store.columns()
    if call.out.json:
        call.out.docs(to_doc(column) for column in found)
        return
    call.out.table(
        ["key", "label", "kind", "type", "reads", "fills", "condition", "armed"],
        (
            (c.key, c.label, c.kind, c.type, c.inputs, tuple(c.outputs.values()), c.condition,
             _armed(c))
            for c in found
        ),
    )  # fmt: skip
    if not found:
        call.out.say("there are no columns yet; an import makes those of the file")


@app.command("show")
def show_column(ctx: typer.Context, column: ColumnKey) -> None:
    """Show a column's definition, and how its cells stand

    \b
      leadsync columns show outreach
    """
    from leadsync.core.models import to_doc
    from leadsync.core.money import show_usd

    call = invocation(ctx)
    with call.workspace() as workspace:
        found = workspace.column(column)
        filled = workspace.store.count({found.key: {"$exists": True}})
        doc = to_doc(found) | {"filled": filled}
    if call.out.json:
        call.out.doc(doc)
    else:
        if found.caps:
            doc["caps"] = {cap: show_usd(micros) for cap, micros in found.caps.items()}
        call.out.table(["", ""], ((key, _shown(value)) for key, value in doc.items() if value))


@app.command("recipes")
def list_recipes(ctx: typer.Context) -> None:
    """List ready column definitions, with what each reads, fills and counts

    Those that ship with LeadSync or with an installed package, and your own in the folder
    `recipes` beside the config file.

    \b
      leadsync columns recipes
    """
    from leadsync.core.columns.recipes import list_recipes

    call = invocation(ctx)
    found: list[tuple[Recipe, RecipeUse]] = []
    for recipe in list_recipes(call.config, call.out.warn):
        try:
            found.append((recipe, recipe.use()))
        except LeadSyncError as error:
            call.out.warn(f'the recipe "{recipe.name}" ({recipe.origin}): {error.message}')
    if call.out.json:
        call.out.docs(
            {"name": r.name, "kind": r.spec.kind, "description": r.description,
             "origin": r.origin, "reads": use.reads, "fills": use.fills, "unit": use.unit}
            for r, use in found
        )  # fmt: skip
        return
    call.out.table(
        ["name", "kind", "counts", "reads", "fills", Heading("description")],
        (
            (r.name, r.spec.kind, use.unit or "free", use.reads, use.fills, r.description)
            for r, use in found
        ),
    )


def _armed(column: Column) -> str:
    """Whether a column runs by itself, and its cap, which counts as well where it does not."""
    from leadsync.core.engine.daily_caps import daily_cap
    from leadsync.core.money import show_usd

    cap = daily_cap(column)
    per_day = "" if cap is None else f"{show_usd(cap)} a day"
    if column.armed:
        return per_day or "without a daily cap"
    return per_day and f"no; at most {per_day}"


def _shown(value: object) -> object:
    import json

    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value


for part in (columns_write, columns_files, columns_arm, columns_steps):
    part.register(app)
