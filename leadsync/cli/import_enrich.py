"""`leadsync import --enrich`: running columns over the leads that an import has just touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.cli.carry_out import carry_out
from leadsync.core.errors import Exit, InputError
from leadsync.core.wording import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.cli.invocation import Invocation
    from leadsync.core.importing.report import ImportReport


def check_columns(call: Invocation, keys: Sequence[str], max_cost: str | None) -> None:
    """Make sure that there are such running columns, before anything is imported.

    Raises:
        InputError: a column is typed by hand or computed, the cap is no amount, or there is
            nothing that it caps.
        NotFound: there is no such column.
    """
    from leadsync.core.money import parse_usd

    if not keys:
        if max_cost is not None:
            raise InputError(
                "--max-cost caps the run of --enrich, which is not said",
                next_step="say which columns run on the leads: --enrich COLUMN",
            )
        return
    if max_cost is not None:
        parse_usd(max_cost, "--max-cost")
    with call.workspace(create=True) as workspace:
        for key in keys:
            column = workspace.column(key)
            if workspace.store.catalog().driver(column.key) is None:
                raise InputError(
                    f'column "{column.key}" is {column.kind}: there is nothing to run',
                    next_step="leadsync columns list",
                )


def enrich_touched(
    call: Invocation,
    keys: Sequence[str],
    reports: Sequence[ImportReport],
    max_cost: str | None,
    *,
    yes: bool,
) -> Exit:
    """Plan and run these columns over what these imports added or changed.

    Of a dry run and of files without news it is said why nothing runs.
    """
    from leadsync.core.engine.planning import make_plan
    from leadsync.core.importing.touched import touched_since
    from leadsync.core.money import parse_usd

    unit_ids = [report.unit for report in reports if report.unit]
    if not unit_ids:
        call.out.say(_why_nothing_runs(keys, reports))
        return Exit.DONE
    cap = (
        parse_usd(max_cost, "--max-cost")
        if max_cost is not None
        else call.config.max_cost_usd_micros
    )
    with call.workspace() as workspace:
        plan = make_plan(
            workspace, keys, filter_doc=touched_since(workspace.store, min(unit_ids)),
            filter_text=f"imported by unit {min(unit_ids)}", max_cost_usd_micros=cap,
        )  # fmt: skip
        return carry_out(workspace, call.out, plan, dry_run=False, yes=yes)


def _why_nothing_runs(keys: Sequence[str], reports: Sequence[ImportReport]) -> str:
    columns, command = ", ".join(keys), " ".join(f"--column {key}" for key in keys)
    leads = sum(report.created + report.updated for report in reports)
    if leads:  # a dry run: its leads are gone again
        return (
            f"{columns} would run on at most {plural(leads, 'lead')}, which a dry run takes back:"
            " the import itself shows the plan and its price first"
        )
    return (
        f"{columns}: nothing to run, as no lead is new or changed;"
        f" cells that are empty still: leadsync enrich {command}"
    )
