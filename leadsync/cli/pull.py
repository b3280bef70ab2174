"""`leadsync pull`: what became of leads in other tools, back into the sheet."""

from __future__ import annotations

from leadsync.cli import pull_instantly, pull_sheets
from leadsync.cli.commands import Commands

app = Commands(
    "Bring back what other tools know of leads\n\n"
    "A pull fills columns of yours in one step that undo takes back; it changes nothing out"
    " there.\n\n"
    "\b\n"
    "    leadsync pull instantly --campaign Q4 --from 0195a9d3-5b6a-7a11-8f0e-00000000000c"
)

for part in (pull_instantly, pull_sheets):
    part.register(app)
