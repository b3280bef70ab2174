"""Options that several commands have, each written once."""

from __future__ import annotations

from typing import Annotated

import typer

from leadsync.cli.completion import complete_campaign, complete_column, complete_view

Where = Annotated[
    str,
    typer.Option("--where", "-w", metavar="FILTER", help="Only leads that match this filter."),
]
FilterDoc = Annotated[
    str,
    typer.Option("--filter", metavar="JSON", help="Only leads that match this filter document."),
]
InCampaign = Annotated[
    str,
    typer.Option(
        "--campaign", "-c", metavar="NAME", help="Only leads of this campaign.",
        autocompletion=complete_campaign,
    ),
]  # fmt: skip
InView = Annotated[
    str,
    typer.Option(
        "--view", metavar="NAME", help="Filter, order and columns of a saved view.",
        autocompletion=complete_view,
    ),
]  # fmt: skip
SortBy = Annotated[
    list[str] | None,
    typer.Option("--sort", metavar="FIELD", help="Order, as company or -created; repeatable."),
]
Columns = Annotated[
    str,
    typer.Option(
        "--columns", metavar="A,B", help="Only these fields, in this order.",
        autocompletion=complete_column,
    ),
]  # fmt: skip
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would happen, change nothing.")]
ColumnKey = Annotated[
    str, typer.Argument(metavar="COLUMN", help="Key of a column.", autocompletion=complete_column)
]
CampaignName = Annotated[
    str,
    typer.Argument(metavar="NAME", help="Name of a campaign.", autocompletion=complete_campaign),
]
ViewName = Annotated[
    str, typer.Argument(metavar="NAME", help="Name of a view.", autocompletion=complete_view)
]
