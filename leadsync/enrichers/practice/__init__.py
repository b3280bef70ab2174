"""Simulated providers for practice workspaces: each answers as its provider does, all marked.

Owns: invented people, companies and texts in the shapes that enrichers read.
May import: core's simulator protocol and marks.
Never: opens a connection, holds real people.
Start reading at: invented.py, then openai.py.
"""
