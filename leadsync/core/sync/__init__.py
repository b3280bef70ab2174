"""Keeping places outside in step with leads: what is sent there, what comes back.

Owns: how destinations are found, the ledger's hashes, requests that belong to no run.
May import: core.models, core.errors, core.store, core.columns, core.engine, core.suppression,
    core.company_caps.
Never: knows a provider; decides what a column does with an answer.
Start reading at: destinations.py.
"""
