"""Columns: what defines them, what they read, and what follows from changing one.

Owns: definitions and their checks, the graph of inputs, formulas, column files, recipes.
May import: core.models, core.errors, core.templates, core.query, core.store, core.engine.kinds.
Never: runs a column (core.engine does); a provider's name.
Start reading at: definitions.py.
"""
