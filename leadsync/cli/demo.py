"""`leadsync demo`: the main job on sample data, every step a command that is shown."""

from __future__ import annotations

import shlex
import shutil
import sys
import tempfile
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from leadsync.cli.commands import Commands, invocation

app = Commands()

CAMPAIGN = "Spring founders"
GREETING = (
    "Hi {{ first_name or name }}, "
    "{% if title %}as {{ title }} of {{ company }}{% else %}at {{ company }}{% endif %} you …"
)
FILES = ("apollo_export.csv", "crm_kontakte.csv", "linkedin_connections.csv")
STEPS: tuple[tuple[str, ...], ...] = (
    ("import", *FILES, "--campaign", CAMPAIGN),
    ("columns", "add", "greeting", "--kind", "template", "--template", GREETING),
    ("leads", "list", "--where", "title:founder or title:head", "--columns",
     "id,name,company,country,greeting", "--limit", "5"),
    ("leads", "count", "--by", "country", "--limit", "5"),
    ("columns", "add", "--recipe", "verify", "--set", "dns=false"),
    ("enrich", "--column", "verify", "--yes"),
    ("leads", "count", "--by", "verify_reason"),  # all invented people have reserved domains
    ("history", "--limit", "6"),
    ("undo", "3", "--yes"),
    ("leads", "count", "--campaign", CAMPAIGN),
    ("export", "enriched.csv", "--campaign", CAMPAIGN),
)  # fmt: skip


@app.command()
def demo(
    ctx: typer.Context,
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Work there; else in a new temporary folder.")
    ] = None,
) -> None:
    """Run the main job on sample data, in a folder of its own

    Imports three lead files of invented people, computes a column, filters, counts, checks the
    addresses without a network, takes one import back and exports a CSV. Your own workspace is not
    touched, nothing is sent, no key is needed, and no AI is pretended. On a terminal it then offers
    the grid.

    \b
      leadsync demo
    """
    out = invocation(ctx).out
    place = folder or Path(tempfile.mkdtemp(prefix="leadsync-demo-"))
    place.mkdir(parents=True, exist_ok=True)
    store = f"sqlite:///{place.resolve() / 'leadsync.db'}"
    sample = resources.files("leadsync.core.sample")
    for name in FILES:
        with resources.as_file(sample / name) as path:
            shutil.copyfile(path, place / name)
    for step in STEPS:
        _run(ctx, place, step, store)
    sys.stdout.flush()
    out.say(f'\nThe enriched file: "{place / "enriched.csv"}"')
    out.say(f'Look around: export LEADSYNC_STORE="{store}", then leadsync leads list, or leadsync')
    if out.can_ask and sys.stdout.isatty() and out.confirm("Open the grid on it?"):
        from leadsync.cli.grid import open_grid

        invocation(ctx).store = store
        raise typer.Exit(open_grid(ctx))


def _run(ctx: typer.Context, place: Path, step: tuple[str, ...], store: str) -> None:
    shown = " ".join(shlex.quote(word) for word in step)
    sys.stdout.flush()  # the steps' data and talk stay in order where both go to one file
    invocation(ctx).out.say(f"\n$ leadsync {shown}")
    words = [str(place / word) if word.endswith(".csv") else word for word in step]
    command = ctx.find_root().command
    command.main([*words, "--store", store], prog_name="leadsync", standalone_mode=False)
