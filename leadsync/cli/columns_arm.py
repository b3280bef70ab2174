"""`leadsync columns arm` and `disarm`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from leadsync.cli.commands import invocation
from leadsync.cli.options import ColumnKey

if TYPE_CHECKING:
    from leadsync.cli.commands import Commands


def arm_column(
    ctx: typer.Context,
    column: ColumnKey,
    usd_per_day: Annotated[
        str | None, typer.Option("--usd-per-day", metavar="USD", help="Its cap of a day (UTC).")
    ] = None,
) -> None:
    """Let leadsync worker fill empty and stale cells of a column, within a daily cap

    \b
      leadsync columns arm pitch --usd-per-day 2
    """
    from leadsync.core.columns.arming import arm
    from leadsync.core.engine.daily_caps import daily_cap
    from leadsync.core.models import to_doc
    from leadsync.core.money import parse_usd, show_usd

    call = invocation(ctx)
    cap = parse_usd(usd_per_day, "--usd-per-day") if usd_per_day is not None else None
    with call.workspace() as workspace:
        armed = arm(workspace, column, usd_micros_per_day=cap)
    per_day = show_usd(daily_cap(armed))
    words = f"{armed.key} is armed: leadsync worker spends at most {per_day} a day on it"
    call.out.done(to_doc(armed), words)


def disarm_column(ctx: typer.Context, column: ColumnKey) -> None:
    """Let a column run only when somebody says so

    \b
      leadsync columns disarm pitch
    """
    from leadsync.core.columns.arming import disarm
    from leadsync.core.models import to_doc

    call = invocation(ctx)
    with call.workspace() as workspace:
        disarmed = disarm(workspace, column)
    call.out.done(to_doc(disarmed), f"{disarmed.key} runs only when you say so")


def register(app: Commands) -> None:
    """Add the commands to `leadsync columns`."""
    app.command("arm")(arm_column)
    app.command("disarm")(disarm_column)
