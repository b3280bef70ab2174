"""Reading lead files: bytes → rows → mapped leads, and a report of every row.

Owns: encodings, dialects, header mapping, merge rules, the reject file.
May import: core.models, core.errors, core.identity, core.store.
Never: decides what may be spent; prints.
Start reading at: importer.py.
"""
