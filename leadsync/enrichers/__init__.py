"""Kinds of running columns: one module a provider or kind.

Owns: how to ask a provider, and how to read its answer.
May import: core's enricher protocol (core.engine.enricher, core.engine.outcomes) and errors.
Never: a store, a queue, retries, an HTTP client of its own, another enricher.
Start reading at: ai.py.
"""
