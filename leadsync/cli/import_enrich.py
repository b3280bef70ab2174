"""`leadsync import --enrich`: running columns over the leads that an import has just touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.cli.carry_out import carry_out
from leadsync.core.errors import Exit, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadsync.cli.invocation import Invocation


def check_columns(call: Invocation, keys: Sequence[str]) -> None:
    """Make sure that there are such running columns, before anything is imported.

    Raises:
        InputError: a column is typed by hand or computed.
        NotFound: there is no such column.
    """
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
    unit_ids: Sequence[int],
    max_cost: str | None,
    *,
    yes: bool,
) -> Exit:
    """Plan and run these columns over what these imports added or changed."""
    from leadsync.core.engine.planning import make_plan
    from leadsync.core.importing.touched import touched_since
    from leadsync.core.money import parse_usd

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
