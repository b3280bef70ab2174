"""The shared store: one MongoDB database, for teams and several machines.

Owns: collections, the write lock, the journal that makes a unit atomic on a stand-alone server.
May import: core.models, core.errors, core.query, core.store.
Never: rules of the trade; anything of the SQLite engine; transactions, sessions, change streams.
Start reading at: journal.py, then tx.py.
"""
