"""What each action does: a module for each first part of an action's id, a function for the rest.

Owns: calling core, and saying what came of it.
May import: core, the desk's panels.
Never: keys (action_table.py has them); a decision that the command line would need, too.
Start reading at: ../action_table.py.
"""
