"""`leadsync leads dupes` and `merge`: leads that are one person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from leadsync.cli.commands import invocation
from leadsync.cli.lead_choice import may_go_on
from leadsync.cli.options import DryRun, InCampaign, Yes
from leadsync.cli.table import Heading
from leadsync.core.models import to_doc
from leadsync.core.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leadsync.cli.output import Output
    from leadsync.core.leads.duplicates import DuplicateGroup
    from leadsync.core.leads.merging import Merged
    from leadsync.core.workspace import Workspace

ROWS_SHOWN = 100


def list_duplicates(
    ctx: typer.Context,
    campaign: InCampaign = "",
    across: Annotated[
        bool, typer.Option("--across", help="Also a person in two campaigns.")
    ] = False,
    merge: Annotated[
        bool, typer.Option("--merge", help="Merge those that are certain; hints are left alone.")
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Find leads that are one person, and merge them on request

    Certain: the same address or LinkedIn profile. Hints: addresses that differ by a +tag or by
    Gmail's dots, or the same name and company; these are merged only by hand.

    \b
      leadsync leads dupes
      leadsync leads dupes --merge --dry-run
    """
    from leadsync.core.leads.duplicates import find_duplicates
    from leadsync.core.leads.merging import merge_all

    call = invocation(ctx)
    with call.workspace() as workspace:
        groups = find_duplicates(workspace, campaign or None, across=across, hints=not merge)
        if not merge:
            _print_groups(workspace, call.out, groups)
            return
        leads = sum(len(group.lead_ids) for group in groups)
        if groups and not dry_run and not may_go_on(call.out, "merge", leads, [], dry_run=False,
                                                    yes=yes):  # fmt: skip
            raise typer.Exit
        _print_merged(call.out, merge_all(workspace, groups, dry_run=dry_run), dry_run=dry_run)


def merge_leads(
    ctx: typer.Context,
    lead: Annotated[str, typer.Argument(metavar="LEAD", help="The one that stays.")],
    others: Annotated[
        list[str], typer.Argument(metavar="OTHER…", help="They fill its blanks, then go.")
    ],
    dry_run: DryRun = False,
) -> None:
    """Merge leads into one; the others go to the trash

    The first one keeps all it has; its blanks are filled from the others in their order.

    \b
      leadsync leads merge 4711 4712 --dry-run
      leadsync leads merge 4711 4712
    """
    from leadsync.core.leads.finding import find_lead
    from leadsync.core.leads.merging import merge_leads, plan_merge

    call = invocation(ctx)
    with call.workspace() as workspace:
        ids = [find_lead(workspace, text) for text in (lead, *others)]
        if dry_run:
            done = plan_merge(workspace.store, workspace.store.columns(), ids[0], ids[1:])
        else:
            done = merge_leads(workspace, ids[0], ids[1:])
    _print_merged(call.out, [done], dry_run=dry_run)


def _print_groups(workspace: Workspace, out: Output, groups: Sequence[DuplicateGroup]) -> None:
    if out.json:
        out.docs(to_doc(group) for group in groups)
        return
    rows: list[tuple[object, ...]] = []
    for number, group in enumerate(groups[:ROWS_SHOWN], 1):
        certainty = "certain" if group.is_certain else "hint"
        reasons = " and ".join(group.reasons)
        found = workspace.store.rows(group.lead_ids, ["id", "name", "email", "campaign"])
        rows += [(number, certainty, reasons, *row) for row in found]
    out.table(
        [Heading("group", is_number=True), "", "same", Heading("id", is_number=True), "name",
         "email", "campaign"], rows,
    )  # fmt: skip
    certain = sum(group.is_certain for group in groups)
    out.say(f"{plural(certain, 'group')} certain, {plural(len(groups) - certain, 'hint')}")
    if len(groups) > ROWS_SHOWN:
        out.say(f"the first {ROWS_SHOWN} are shown; --json has all")
    if certain:
        out.say("leadsync leads dupes --merge merges the certain ones")


def _print_merged(out: Output, merged: Iterable[Merged], *, dry_run: bool) -> None:
    done = list(merged)
    if out.json:
        out.docs(to_doc(one) for one in done)
        return
    out.table(
        [Heading("stays", is_number=True), "to the trash", "gets"],
        ((m.lead_id, ", ".join(map(str, m.others)), ", ".join([*m.cells, *m.tags])) for m in done),
    )
    number = plural(sum(len(m.others) for m in done), "lead")
    out.say(f"{number} would be merged" if dry_run else f"{number} merged; undo takes it back")


def register(app: typer.Typer) -> None:
    """Hang these commands on `leadsync leads`."""
    app.command("dupes")(list_duplicates)
    app.command("merge")(merge_leads)
