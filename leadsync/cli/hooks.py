"""`leadsync hooks`: addresses at which others bring leads and events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadsync.cli.commands import Commands, invocation
from leadsync.cli.completion import complete_campaign, complete_hook, complete_hook_kind
from leadsync.cli.options import DryRun

if TYPE_CHECKING:
    from leadsync.cli.invocation import Invocation
    from leadsync.core.inbound.hooks import Hook, NewHook
    from leadsync.core.models import Doc

app = Commands("List, add, show, renew and remove addresses that take leads and events")
NewName = Annotated[str, typer.Argument(metavar="NAME", help="A new name.")]
HookName = Annotated[
    str, typer.Argument(metavar="NAME", help="Name of a hook.", autocompletion=complete_hook)
]


@app.command("list")
def list_all(ctx: typer.Context) -> None:
    """List hooks, without their secrets

    \b
      leadsync hooks list
      leadsync hooks list --json
    """
    from leadsync.core.inbound.hooks import list_hooks

    call = invocation(ctx)
    with call.workspace() as workspace:
        found = list_hooks(workspace.store)
        campaigns = {c.id: c.name for c in workspace.store.campaigns()}
    if call.out.json:
        call.out.docs(_doc(hook, campaigns) for hook in found)
        return
    call.out.table(
        ["name", "kind", "campaign", "a minute", "signed", "since"],
        (
            (h.name, h.kind, campaigns.get(h.campaign_id, ""), h.per_minute, _proof(h),
             h.created_at[:10])
            for h in found
        ),
    )  # fmt: skip
    if not found:
        call.out.say("there are no hooks yet: leadsync hooks add NAME")


@app.command("add")
def add(
    ctx: typer.Context,
    name: NewName,
    kind: Annotated[
        str,
        typer.Option(
            "--kind",
            help="form, or what brings events: instantly, clay.",
            autocompletion=complete_hook_kind,
        ),
    ] = "form",
    campaign: Annotated[
        str,
        typer.Option(
            "--campaign",
            "-c",
            metavar="NAME",
            help="Where leads go or are looked for.",
            autocompletion=complete_campaign,
        ),
    ] = "",
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="NAME=FIELD", help="What a message calls a field."),
    ] = None,
    header: Annotated[
        str, typer.Option("--header", metavar="NAME", help="A header that carries a secret, too.")
    ] = "",
    signed_with: Annotated[
        str,
        typer.Option("--signed-with", metavar="KEY", help="Key of Standard Webhooks' signatures."),
    ] = "",
    on_duplicate: Annotated[
        str, typer.Option("--on-duplicate", help="fill, update or skip leads that are there.")
    ] = "fill",
    per_minute: Annotated[int, typer.Option("--per-minute", help="Messages a minute.")] = 120,
    thanks: Annotated[
        str, typer.Option("--thanks", metavar="URL", help="Page that a form leads to.")
    ] = "",
    dry_run: DryRun = False,
) -> None:
    """Make an address at which leads or events are taken

    The address holds a secret and is shown now and never again; the store has its hash alone.
    leadsync serve takes what comes. A form fills blank cells of people and companies, by the rules
    of import; other fields need --map. Nothing that comes in spends by itself.

    \b
      leadsync hooks add website --campaign "Site leads" --thanks https://example.com/thanks
      leadsync hooks add clay --kind clay --map headcount=employees
      leadsync hooks add replies --kind instantly --header X-Hook-Secret
    """
    from leadsync.core.inbound.hook_settings import HookSettings, parse_fields
    from leadsync.core.inbound.hooks import add_hook

    call = invocation(ctx)
    settings = HookSettings(
        header, signed_with, parse_fields(mapping or []), on_duplicate, per_minute, thanks
    )
    with call.workspace(create=True) as workspace:
        made = add_hook(workspace, name, kind, settings, campaign=campaign, dry_run=dry_run)
        is_unset = bool(signed_with) and call.config.secret(signed_with) is None
    if dry_run:
        doc = {"dryRun": True, "name": made.hook.name, "kind": kind, "fields": made.hook.fields}
        call.out.done(doc, f'would add hook "{made.hook.name}" of kind {kind}')
    else:
        _tell(call, made, "added")
    if is_unset:
        call.out.warn(
            f'the key "{signed_with}" is not set; until then nothing is taken:'
            f" leadsync keys set {signed_with}"
        )


@app.command("show")
def show(ctx: typer.Context, name: HookName) -> None:
    """Show what a hook takes; its secret is shown once only, when it is made

    \b
      leadsync hooks show website
    """
    from leadsync.core.inbound.hooks import find_hook

    call = invocation(ctx)
    with call.workspace() as workspace:
        hook = find_hook(workspace.store, name)
        campaigns = {c.id: c.name for c in workspace.store.campaigns()}
    doc = _doc(hook, campaigns)
    if call.out.json:
        call.out.doc(doc)
        return
    doc["fields"] = ", ".join(f"{name}={key}" for name, key in hook.fields.items())
    call.out.table(["", ""], ((key, value) for key, value in doc.items() if value))


@app.command("renew")
def renew(ctx: typer.Context, name: HookName) -> None:
    """Give a hook a new address; the old one is nothing from now on

    \b
      leadsync hooks renew website
    """
    from leadsync.core.inbound.hooks import renew_hook

    call = invocation(ctx)
    with call.workspace() as workspace:
        _tell(call, renew_hook(workspace, name), "renewed")


@app.command("rm")
def remove(ctx: typer.Context, name: HookName) -> None:
    """Close an address; what came by it stays

    \b
      leadsync hooks rm website
    """
    from leadsync.core.inbound.hooks import remove_hook

    call = invocation(ctx)
    with call.workspace() as workspace:
        hook = remove_hook(workspace, name)
    words = f'hook "{hook.name}" removed; leadsync undo brings it back with its old address'
    call.out.done({"removed": hook.name}, words)


def _tell(call: Invocation, made: NewHook, what: str) -> None:
    """The address, which nobody will see again, and how to use it."""
    from leadsync.core.inbound.hooks import url_of

    address = url_of(made, call.config)
    doc: Doc = {"name": made.hook.name, "kind": made.hook.kind, "url": address}
    if made.header_secret:
        doc |= {"header": made.hook.header, "headerSecret": made.header_secret}
    if call.out.json:
        call.out.doc(doc)
    else:
        call.out.line(address)
        if made.header_secret:
            call.out.line(f"{made.hook.header}: {made.header_secret}")
    words = "shown now and never again; leadsync serve takes what comes there"
    call.out.say(f'hook "{made.hook.name}" {what}; its address is {words}')


def _doc(hook: Hook, campaigns: dict[int, str]) -> dict[str, Any]:
    from leadsync.core.models import to_doc

    hidden = ("secretHash", "headerHash")
    doc = {name: value for name, value in to_doc(hook).items() if name not in hidden}
    return doc | {"campaign": campaigns.get(hook.campaign_id, "")}


def _proof(hook: Hook) -> str:
    """What a message has to carry beside the address."""
    return ", ".join(filter(None, (hook.header, hook.signed_with)))
