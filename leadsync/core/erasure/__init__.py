"""Erasing people: what is held of them, its end, and how long leads are kept.

Owns: who a person is across campaigns, the salted hashes that keep them out, retention.
May import: core.models, core.errors, core.identity, core.store, core.suppression.
Never: decides who may erase (core.access does).
Start reading at: erasing.py.
"""
