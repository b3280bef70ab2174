"""Leads: finding, adding, editing, moving and removing them by hand; duplicates.

Owns: what a person may write into a lead, conflicts of identity, merging.
May import: core.models, core.errors, core.identity, core.values, core.store, core.columns,
core.importing.merge.
Never: reads files (core.importing does); fills running columns.
Start reading at: editing.py.
"""
