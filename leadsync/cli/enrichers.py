"""`leadsync enrichers`: the kinds of columns that run, and what each takes."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, cast

import typer

from leadsync.cli.commands import Commands, invocation

if TYPE_CHECKING:
    from leadsync.cli.invocation import Invocation
    from leadsync.core.engine.kind_help import SettingHelp

INDENT = "    "
app = Commands("List the kinds of running columns, and what each takes")


@app.command("list")
def list_kinds(ctx: typer.Context) -> None:
    """List the kinds of columns that run, with the package that ships each

    \b
      leadsync enrichers list
      leadsync enrichers list --json
    """
    from leadsync.core.engine.kind_help import kind_help
    from leadsync.core.engine.kinds import iter_kind_faults, usable_kinds

    call = invocation(ctx)
    for fault in iter_kind_faults():
        call.out.warn(fault.words)
    found = [kind_help(kind) for kind in usable_kinds()]
    if call.out.json:
        call.out.docs(
            {"kind": one.kind, "package": one.package, "meaning": one.meaning} for one in found
        )
        return
    call.out.table(
        ["kind", "package", "what it does"], ((f.kind, f.package, f.meaning) for f in found)
    )
    call.out.say("what one takes: leadsync enrichers show KIND")


@app.command("show")
def show_kind(
    ctx: typer.Context,
    kind: str = typer.Argument(help="A kind, such as ai or email_verify.", metavar="KIND"),
    actor: str = typer.Option(
        "", help="Apify: what this actor takes instead, asked there for free.", metavar="OWNER~NAME"
    ),
) -> None:
    """Show what a kind of column takes, setting by setting

    A column of it is made with --set NAME=VALUE for each setting, or from a file. With --json the
    settings come as a JSON schema.

    \b
      leadsync enrichers show email_verify
      leadsync enrichers show ai --json
      leadsync enrichers show apify --actor harvestapi~linkedin-profile-scraper
    """
    from leadsync.core.engine.kind_help import kind_help

    call = invocation(ctx)
    if actor:
        _show_inputs(call, kind, actor)
        return
    found = kind_help(kind)
    if call.out.json:
        doc = {"kind": found.kind, "package": found.package, "meaning": found.meaning}
        call.out.doc({**doc, "schema": found.schema})
        return
    call.out.line(f"{found.kind} ({found.package}): {found.meaning}")
    for setting in found.settings:
        _show_setting(call, setting)


def _show_inputs(call: Invocation, kind: str, actor: str) -> None:
    from leadsync.core.engine.input_help import input_help

    found = input_help(kind, actor, call.config)
    if call.out.json:
        call.out.docs(
            {
                "name": one.name,
                "takes": one.takes,
                "isRequired": one.is_required,
                "default": one.default,
                "meaning": one.meaning,
            }
            for one in found
        )
        return
    call.out.line(f"{actor} takes:")
    for setting in found:
        _show_setting(call, setting)


def _show_setting(call: Invocation, setting: SettingHelp) -> None:
    call.out.line()
    call.out.line(f"  {setting.name}: {_takes(setting)}")
    if setting.meaning:
        call.out.line(fill(setting.meaning, 96, initial_indent=INDENT, subsequent_indent=INDENT))


def _takes(setting: SettingHelp) -> str:
    if setting.is_required:
        return f"{setting.takes} (required)"
    default = _shown(setting.default)
    return f"{setting.takes}; {default} by default" if default else setting.takes


def _shown(default: object) -> str:
    match default:
        case None | "" | [] | {}:
            return ""
        case bool():
            return str(default).lower()
        case float():
            return f"{default:g}"
        case list():
            return ", ".join(_shown(one) for one in cast("list[object]", default))
        case _:
            return str(default)
