"""Keeping leads: one protocol, two engines, and units of work above both.

Owns: the Store protocol, units, history, undo, staleness; the SQLite and MongoDB adapters.
May import: core.models, core.errors, core.query, core.identity.
Never: rules of importing, prices, providers; one engine importing the other.
Start reading at: protocol.py, then unit.py.
"""
