"""`leadsync columns add`, `edit` and `rm`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadsync.cli.commands import invocation
from leadsync.cli.completion import complete_kind, complete_recipe
from leadsync.cli.options import ColumnKey, DryRun, Yes
from leadsync.core.errors import InputError
from leadsync.core.models import ColumnType
from leadsync.core.text_file import read_text_file
from leadsync.core.wording import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.cli.output import Output
    from leadsync.core.columns.definitions import EditResult
    from leadsync.core.models import Column, Doc
    from leadsync.core.workspace import Workspace

Key = Annotated[
    str,
    typer.Argument(metavar="[KEY]", help="Lower-case letters, digits and _; else the recipe's."),
]
Label = Annotated[str | None, typer.Option("--label", help="What people read; else the key.")]
Kind = Annotated[
    str | None,
    typer.Option("--kind", help="manual, template, ai, …", autocompletion=complete_kind),
]
Type = Annotated[ColumnType | None, typer.Option("--type", help="What its cells are.")]
TemplateText = Annotated[
    str | None, typer.Option("--template", help="Formula over a lead's fields; @FILE reads one.")
]
Prompt = Annotated[
    str | None, typer.Option("--prompt", help="What the AI is asked; @FILE reads one.")
]
Outputs = Annotated[
    list[str] | None,
    typer.Option("--output", metavar="NAME:TYPE", help="A column that it fills; repeatable."),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", "-s", metavar="NAME=VALUE", help="A setting of the kind; repeatable."),
]
Condition = Annotated[
    str | None, typer.Option("--condition", metavar="FILTER", help="Runs skip other leads.")
]


def add_column(
    ctx: typer.Context,
    key: Key = "",
    label: Label = None,
    kind: Kind = None,
    type_: Type = None,
    template: TemplateText = None,
    prompt: Prompt = None,
    output: Outputs = None,
    settings: Settings = None,
    condition: Condition = None,
    recipe: Annotated[
        str | None,
        typer.Option(
            "--recipe",
            help="Name of a recipe, a path, or - for standard input; options go first.",
            autocompletion=complete_recipe,
        ),
    ] = None,
) -> None:
    """Add a column

    A template is computed at once and always current. A running column (ai, …) fills its cells
    when you run it: leadsync enrich.

    \b
      leadsync columns add hello --kind template --template 'Hi {{ first_name }},'
      leadsync columns add outreach --recipe outreach
      leadsync columns add opener --kind ai --prompt 'One line about {{ company }}' --output opener:text
    """
    from dataclasses import replace

    from leadsync.core.columns.definitions import ColumnSpec, add_column
    from leadsync.core.columns.recipes import load_recipe
    from leadsync.core.models import to_doc

    call = invocation(ctx)
    config = _config(template, prompt, output, settings)
    spec = load_recipe(recipe, call.config) if recipe else ColumnSpec(key)
    if not key and not recipe:
        raise InputError("the column has no key", next_step="leadsync columns add KEY")
    spec = replace(spec, key=key or spec.key, config={**spec.config, **config})
    given = {"label": label, "kind": kind or _implied_kind(template, prompt, recipe),
             "type": type_, "condition": condition}  # fmt: skip
    spec = replace(spec, **{name: value for name, value in given.items() if value is not None})
    with call.workspace(create=True) as workspace:
        column = add_column(workspace, spec)
        _warn_of_faults(call.out, workspace, column)
    if call.out.json:
        call.out.doc(to_doc(column))
    fills = ", ".join(column.outputs.values()) or column.key
    call.out.say(f'column "{column.key}" added')
    if column.is_running:
        call.out.say(f"it fills {fills}: leadsync enrich --column {column.key} --dry-run")


def edit_column(
    ctx: typer.Context,
    column: ColumnKey,
    label: Label = None,
    kind: Kind = None,
    type_: Type = None,
    template: TemplateText = None,
    prompt: Prompt = None,
    output: Outputs = None,
    settings: Settings = None,
    condition: Condition = None,
    usd_per_day: Annotated[
        str | None,
        typer.Option(
            "--usd-per-day", metavar="USD", help="Its cap of a day (UTC); none takes it out."
        ),
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Change a column's definition

    Formulas are computed anew. Filled cells of a running column become stale; nothing paid runs
    by itself. An empty --condition takes it away, `--set NAME=` a setting.

    \b
      leadsync columns edit hello --template 'Dear {{ first_name }},'
      leadsync columns edit outreach --set model=gpt-6-luna --condition 'email:exists'
    """
    from leadsync.core.columns.definitions import ColumnChanges, edit_column

    call = invocation(ctx)
    config = _config(template, prompt, output, settings)
    changes = ColumnChanges(
        label=label,
        kind=kind,
        type=type_,
        config=config or None,
        condition=condition,
        caps=None if usd_per_day is None else _caps(usd_per_day),
    )
    with call.workspace() as workspace:
        result = edit_column(workspace, column, changes, dry_run=dry_run)
        if result.changed:
            _warn_of_faults(call.out, workspace, result.column, is_stored=not dry_run)
    _say_result(call.out, result, dry_run=dry_run)


def remove_column(
    ctx: typer.Context, column: ColumnKey, dry_run: DryRun = False, yes: Yes = False
) -> None:
    """Take a column away with its cells

    Refused while another column reads it. leadsync undo brings it back with its cells.

    \b
      leadsync columns rm hello
    """
    from leadsync.core.columns.definitions import remove_column

    call = invocation(ctx)
    with call.workspace() as workspace:
        found = workspace.column(column)
        filled = workspace.store.count({found.key: {"$exists": True}})
        if filled and call.out.can_ask and not yes and not dry_run:
            question = f'Remove column "{found.key}" with {plural(filled, "filled cell")}?'
            if not call.out.confirm(question):
                raise typer.Exit
        remove_column(workspace, column, dry_run=dry_run)
    if call.out.json:
        call.out.doc({"key": found.key, "removed": not dry_run, "filled": filled})
    if dry_run:
        call.out.say(f'column "{found.key}" would go with {plural(filled, "filled cell")}')
    else:
        call.out.say(f'column "{found.key}" removed; leadsync undo brings it back')


def _warn_of_faults(
    out: Output, workspace: Workspace, column: Column, *, is_stored: bool = True
) -> None:
    """Say for how many leads a formula fails: their cells are blank."""
    from leadsync.core.columns.formulas import TEMPLATE, count_faults

    if column.kind != TEMPLATE:
        return
    number, first = count_faults(workspace.store, column, is_stored=is_stored)
    if number:
        out.warn(f"the formula fails for {plural(number, 'lead')}, whose cell is blank: {first}")


def _say_result(out: Output, result: EditResult, *, dry_run: bool) -> None:
    numbers = {
        "stale": result.stale,
        "recomputed": result.recomputed,
        "converted": result.converted,
        "unfit": result.unfit,
    }
    if out.json:
        out.doc({"key": result.column.key, "changed": result.changed, **numbers})
    if not result.changed:
        out.say("nothing changed")
        return
    words = {
        "stale": "stale, until a run fills it anew",
        "recomputed": "computed anew",
        "converted": "converted to the new type",
        "unfit": "not of the new type; it stays text",
    }
    out.say(f'column "{result.column.key}" {"would change" if dry_run else "changed"}')
    for name, number in numbers.items():
        if number:
            out.say(f"  {plural(number, 'cell')} {words[name]}")


def _caps(usd_per_day: str) -> Doc:
    """The caps of a column with this daily cap; without one where it says none."""
    from leadsync.core.engine.daily_caps import PER_DAY
    from leadsync.core.money import parse_usd

    return {} if usd_per_day == "none" else {PER_DAY: parse_usd(usd_per_day, "--usd-per-day")}


def _implied_kind(template: str | None, prompt: str | None, recipe: str | None) -> str | None:
    if recipe is not None:
        return None
    return "template" if template is not None else "ai" if prompt is not None else None


def _config(
    template: str | None,
    prompt: str | None,
    outputs: Sequence[str] | None,
    settings: Sequence[str] | None,
) -> Doc:
    config: dict[str, Any] = {}
    for text in settings or ():
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise InputError(f'--set "{text}" has no value', next_step="write it as NAME=VALUE")
        config[name.strip()] = _setting(value)
    if template is not None:
        config["template"] = _from_file(template)
    if prompt is not None:
        config["prompt"] = _from_file(prompt)
    if outputs:
        config["outputs"] = [_output(text) for text in outputs]
    return config


def _output(text: str) -> Doc:
    name, _, kind = text.partition(":")
    return {"name": name.strip(), "type": kind.strip() or "text"}


def _setting(text: str) -> Any:
    """A setting's value: JSON where it is some (numbers, lists), else the text; blank: none."""
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return _from_file(text)


def _from_file(text: str) -> str:
    if not text.startswith("@"):
        return text
    return read_text_file(Path(text[1:]).expanduser())


def register(app: typer.Typer) -> None:
    """Hang these commands on `leadsync columns`."""
    app.command("add")(add_column)
    app.command("edit")(edit_column)
    app.command("rm")(remove_column)
