"""Who may do what: users, logins, tokens of scripts, and the guard around the store.

Owns: users and roles, passwords and the back-off after wrong ones, sessions, tokens, the guard.
May import: core.models, core.errors, core.config, core.secrets, core.store.
Never: asks anybody for a password (cli and tui do), or decides what a right means elsewhere.
Start reading at: rights.py, then entering.py.
"""
