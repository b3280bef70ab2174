"""The terminal app: a grid of leads, its panels and dialogs.

Owns: keys, mouse, panels, paint.
May import: core; textual and rich.
Never: rules of the trade; a query on the event loop that may be slow.
Start reading at: opening.py, then desk.py; actions.py lists all that can be done.
"""
