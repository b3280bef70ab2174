"""Practice: a copy of the workspace in which nothing leaves the machine.

Owns: the copy and where it lies, the marks on what is invented, simulated answers in the place of
requests, the guard that lets this process open no connection.
May import: core.config, core.errors, core.models, core.store, core.importing, core.columns.
Never: knows a provider (its simulator comes in by the entry points `leadsync.practice`).
Start reading at: workspace.py.
"""
