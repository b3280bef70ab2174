"""The embedded store: one SQLite file.

Owns: tables, SQL, connections, the write lock of one workspace file.
May import: core.models, core.errors, core.query, core.store.
Never: rules of the trade; anything of the MongoDB engine.
Start reading at: schema.py, then store.py.
"""
