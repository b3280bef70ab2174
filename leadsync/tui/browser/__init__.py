"""The grid in a browser: textual-serve's page and socket, behind a door of our own.

Owns: who may open the page, the page itself, a process of the app for each visitor.
May import: core, tui, aiohttp and textual_serve.
Never: anything from another host; the terminal's keys and panels (tui has them).
Start reading at: server.py, then door.py.
"""
