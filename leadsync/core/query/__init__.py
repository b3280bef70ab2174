"""The filter language: text → tree → filter document → conditions.

Owns: the grammar, the names that fields may have, the meaning of every operator, and the
evaluator for one lead in memory.
May import: core.models, core.errors, core.text.
Never: a word of SQL or of MongoDB's query language (the engines' compile.py do that).
Start reading at: document.py (what a filter means), then parse.py (how it is typed).
"""
