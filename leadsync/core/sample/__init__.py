"""Lead files to try things on: invented people at companies under the reserved domain `.example`.

Owns: three files as Apollo, LinkedIn and a German CRM export them, traps included.
May import: nothing.
Never: data of real people.
"""
