"""The command line: words → core → text or JSON.

Owns: commands, their help, what is printed where, exit codes.
May import: core.
Never: SQL, filters built by hand, a decision that another caller would need too.
Start reading at: main.py.
"""
