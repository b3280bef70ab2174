"""What opens over the grid: pickers, questions, texts, forms, the line that asks, the cell editor.

Owns: asking and showing; each gives its answer to a callback.
May import: core's plain values, textual.
Never: writes to the store.
Start reading at: picker.py.
"""
