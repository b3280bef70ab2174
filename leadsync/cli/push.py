"""`leadsync push`: leads to the tools that send mail, and to tables of others."""

from __future__ import annotations

from leadsync.cli import push_instantly, push_sheets
from leadsync.cli.commands import Commands

app = Commands(
    "Send leads to other tools, once each and later what has changed\n\n"
    "A push shows what it would send, what stays here and why, and asks. What was sent is written"
    " down, so that a repeat sends nothing twice.\n\n"
    "\b\n"
    "    leadsync push instantly --campaign Q4 --to 0195a9d3-5b6a-7a11-8f0e-00000000000c\n"
    "    leadsync push instantly --campaign Q4 --to 0195a9d3-5b6a-7a11-8f0e-00000000000c --dry-run\n"
    "    leadsync push sheets --view hot --to https://docs.google.com/spreadsheets/d/1q4"
)

for part in (push_instantly, push_sheets):
    part.register(app)
