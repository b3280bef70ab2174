"""The sheet of leads: a window over the store, painted line by line.

Owns: which leads are shown in which order, rows in memory, widths, cursor, marks, paint.
May import: core; textual and rich in paint.py and widget.py only.
Never: writes to the store.
Start reading at: model.py, then widget.py.
"""
