"""Reading lead files: bytes → rows → mapped leads, and a report of every row.

Owns: encodings, dialects, header mapping, merge rules, the reject file.
May import: core.models, core.errors, core.identity, core.values, core.store, core.exporting (the
    formula guard, files that are whole or not there).
Never: decides what may be spent; prints.
Start reading at: importer.py.
"""
