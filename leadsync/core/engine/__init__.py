"""Running columns: plan → queue → runner → outcomes.

Owns: plans, runs, leases, retries, budgets, the call journal with its cache, settling.
May import: core.models, core.errors, core.columns, core.templates, core.query, core.store.
Never: a provider's name; how a provider is asked (enrichers do that); prints.
Start reading at: enricher.py, then planning.py and driver.py.
"""
