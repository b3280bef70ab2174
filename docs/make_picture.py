"""Draws docs/demo.svg: what `leadsync demo` shows on a terminal of 100 columns. Run by `make picture`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

WIDTH = 100
TARGET = Path(__file__).with_name("demo.svg")


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
    with Path(os.devnull).open("w") as nowhere:
        console = Console(width=WIDTH, record=True, file=nowhere)
        for line in shown.splitlines():
            is_command = line.startswith("$ ")
            console.print(Text(line, style="bold green" if is_command else ""))
    svg = console.export_svg(title="leadsync demo")
    # names in the file that differ from run to run would change it without reason
    name = re.search(r"terminal-\d+", svg)
    TARGET.write_text(svg.replace(name[0], "terminal") if name else svg, "utf-8")


if __name__ == "__main__":
    main()
