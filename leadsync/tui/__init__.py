"""The terminal app: a grid over a workspace. It is not built yet.

Owns: keys, panels, paint.
May import: core.
Never: rules of the trade; blocking calls on the event loop.
"""
