"""Leads: finding, adding, editing, moving and removing them by hand; duplicates.

Owns: what a person may write into a lead, conflicts of identity, merging.
May import: core.models, core.errors, core.identity, core.values, core.store, core.columns,
core.importing.merge.
Never: reads files (core.importing does); fills running columns.
Start reading at: editing.py.
"""

from leadsync.core.leads.editing import (
    add_lead,
    edit_leads,
    lock_cells,
    move_leads,
    restore_leads,
    tag_leads,
    trash_leads,
)
from leadsync.core.leads.finding import find_lead

__all__ = [
    "add_lead",
    "edit_leads",
    "find_lead",
    "lock_cells",
    "move_leads",
    "restore_leads",
    "tag_leads",
    "trash_leads",
]
