"""The trade: what a lead, a campaign, a column and a run are, and what may happen to them.

Owns: models, store, query, importing, exporting, templates, engine, workspace.
May import: the standard library and small pure packages; heavy ones inside functions.
Never: Typer, Textual, Rich, a provider's name, `print`.
Start reading at: workspace.py.
"""
