"""`leadsync suppress`: addresses and domains that must not be touched."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadsync.cli.commands import Commands, invocation
from leadsync.cli.options import DryRun
from leadsync.core.errors import Exit, InputError
from leadsync.core.wording import plural

if TYPE_CHECKING:
    from leadsync.cli.output import Output
    from leadsync.core.suppression import Suppressed, Suppression

app = Commands("List, add and release addresses and domains that must not be touched")
Entries = Annotated[
    list[str], typer.Argument(metavar="ADDRESS…", help="Addresses or domains, as acme.example.")
]
Why = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, as unsubscribed.")]
UNREADABLE_SHOWN = 5


@app.command("list")
def list_entries(ctx: typer.Context) -> None:
    """List who is suppressed, and why

    \b
      leadsync suppress list
      leadsync suppress list --json
    """
    from leadsync.core.models import to_doc
    from leadsync.core.suppression import list_suppressions

    call = invocation(ctx)
    with call.workspace() as workspace:
        found = list_suppressions(workspace.store)
    if call.out.json:
        call.out.docs(to_doc(entry) for entry in found)
        return
    call.out.table(
        ["kind", "value", "reason", "source", "since"],
        ((e.kind, _shown(e), e.reason, e.source, e.created_at[:10]) for e in found),
    )
    if not found:
        call.out.say("nobody is suppressed: leadsync suppress add ADDRESS")


@app.command("add")
def add_entries(ctx: typer.Context, entries: Entries, reason: Why = "") -> None:
    """Suppress addresses or whole domains

    Imports leave them out and runs never ask about them; leads that are there stay. Domains above
    count: acme.example covers mail.acme.example.

    \b
      leadsync suppress add grace@navy.example --reason unsubscribed
      leadsync suppress add navy.example acme.example
    """
    from leadsync.core.suppression import parse_suppression, suppress

    call = invocation(ctx)
    for text in entries:
        if parse_suppression(text) is None:
            raise _unreadable(text, "nothing was added")
    with call.workspace(create=True) as workspace:
        _tell(call.out, suppress(workspace, entries, reason=reason))


@app.command("import")
def import_entries(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Text or CSV with one address or domain a line.")
    ],
    reason: Why = "",
    dry_run: DryRun = False,
) -> None:
    """Suppress every address and domain of a file

    Of each line the first cell that is an address or a domain counts, so that lists of other
    tools can be taken as they are.

    \b
      leadsync suppress import unsubscribed.csv --reason unsubscribed
      leadsync suppress import unsubscribed.csv --dry-run
    """
    from leadsync.core.suppression import parse_suppression, read_suppressions, suppress
    from leadsync.core.text_file import read_text_file

    call = invocation(ctx)
    found = [*read_suppressions(read_text_file(file))]
    if dry_run:
        fit = sum(parse_suppression(text) is not None for text in found)
        doc = {"dryRun": True, "entries": fit, "unreadable": len(found) - fit}
        call.out.done(doc, f"would suppress {fit:,} of {plural(len(found), 'line')}")
        return
    with call.workspace(create=True) as workspace:
        _tell(call.out, suppress(workspace, found, reason=reason, source=file.name))


@app.command("rm")
def remove_entries(ctx: typer.Context, entries: Entries) -> None:
    """Take addresses or domains off the list

    \b
      leadsync suppress rm navy.example
    """
    from leadsync.core.suppression import release

    call = invocation(ctx)
    with call.workspace() as workspace:
        gone = release(workspace, entries)
    call.out.done(
        {"released": [entry.value for entry in gone]},
        f"{', '.join(entry.value for entry in gone)} may be touched again; leadsync undo takes "
        "that back",
    )


@app.command("check")
def check_entries(ctx: typer.Context, entries: Entries) -> None:
    """Say whether addresses are suppressed; ends with 3 where one is

    \b
      leadsync suppress check ada@lovelace.example
    """
    from leadsync.core.suppression import SuppressionList, parse_suppression

    call = invocation(ctx)
    with call.workspace() as workspace:
        suppressions = SuppressionList(workspace.store)
    found: list[tuple[str, bool]] = []
    for text in entries:
        parsed = parse_suppression(text)
        if parsed is None:
            raise _unreadable(text, "write it as ada@lovelace.example or lovelace.example")
        kind, value = parsed
        address = value if kind == "email" else f"anybody@{value}"
        found.append((text, suppressions.covers(address)))
    if call.out.json:
        call.out.docs({"value": text, "suppressed": is_covered} for text, is_covered in found)
    else:
        call.out.table(
            ["value", ""], ((t, "suppressed" if is_covered else "free") for t, is_covered in found)
        )
    if any(is_covered for _, is_covered in found):
        raise typer.Exit(Exit.PARTLY)


def _unreadable(text: str, next_step: str) -> InputError:
    return InputError(f'"{text[:80]}" is neither an address nor a domain', next_step=next_step)


def _shown(entry: Suppression) -> str:
    return "(salted hash)" if entry.kind == "person" else entry.value


def _tell(out: Output, done: Suppressed) -> None:
    for text in done.unreadable[:UNREADABLE_SHOWN]:
        out.warn(f'"{text[:80]}" is neither an address nor a domain; it was left out')
    if len(done.unreadable) > UNREADABLE_SHOWN:
        out.warn(f"{len(done.unreadable) - UNREADABLE_SHOWN:,} more lines were left out")
    doc = {
        "added": len(done.added),
        "known": done.known,
        "unreadable": len(done.unreadable),
        "leads": done.leads,
    }
    words = f"{len(done.added):,} added, {done.known:,} stood there"
    out.done(doc, f"{words}; {plural(done.leads, 'lead')} of yours covered by what is new")
