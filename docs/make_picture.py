"""Draws docs/demo.svg, what `leadsync demo` shows, and docs/grid.svg, the grid on what it made.

Run by `make picture`.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from leadsync.core.config import load_config
from leadsync.core.views import parse_columns, save_view
from leadsync.core.workspace import Workspace
from leadsync.tui.opening import Lanes, make_app

WIDTH = 100
GRID_SIZE = (133, 30)
KEYS = ("gt", ("[",), ("space", "space", "space"), ("j", "l", "l", "l", "l", "l"))
"""What is pressed before the picture is taken: show the view, sort by name, mark three, go to a verdict."""
VIEW = (
    "name:17", "title:20", "company:18", "country:14", "greeting:23", "verify:13",
    "verify_reason:15",
)  # fmt: skip
DEMO = Path(__file__).with_name("demo.svg")
GRID = Path(__file__).with_name("grid.svg")


def main() -> None:
    """Run the demo in a temporary folder and draw its output."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "leadsync", "demo", "--folder", f"{folder}/demo"],
            env=os.environ | {"COLUMNS": str(WIDTH), "LEADSYNC_HOME": folder, "USER": "ada"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=True,
        )
        shown = done.stdout.replace(f"{folder}/", "")
        asyncio.run(_draw_grid(f"sqlite:///{folder}/demo/leadsync.db", folder))
    with Path(os.devnull).open("w") as nowhere:
        console = Console(width=WIDTH, record=True, file=nowhere)
        for line in shown.splitlines():
            is_command = line.startswith("$ ")
            console.print(Text(line, style="bold green" if is_command else ""))
    _write(DEMO, console.export_svg(title="leadsync demo"))


async def _draw_grid(store: str, folder: str) -> None:
    """The app on the demo's leads: sorted, a few of them marked, the cursor on a verdict."""
    config = load_config({"store": store}, {"LEADSYNC_HOME": folder, "USER": "ada"})
    lanes = Lanes()
    try:
        with Workspace.open(config) as workspace:
            save_view(workspace, "founders", columns=parse_columns(VIEW))
            app = make_app(workspace, lanes)
            async with app.run_test(size=GRID_SIZE) as pilot:
                for keys in KEYS:
                    await pilot.press(*keys)
                    await pilot.pause(0.3)  # the lanes answer within that
                _write(GRID, app.export_screenshot(title="leadsync"))
    finally:
        lanes.close()


def _write(target: Path, svg: str) -> None:
    """Write a picture; names in it that differ from run to run would change it without reason."""
    name = re.search(r"terminal-\d+", svg)
    target.write_text(svg.replace(name[0], "terminal") if name else svg, "utf-8")


if __name__ == "__main__":
    main()
