"""What comes in by itself: form posts as leads, and events and results of providers.

Owns: hooks (addresses with their secrets), receipts (each message has its effect once), rates.
May import: core.models, core.errors, core.store, core.importing, core.suppression, core.workspace.
Never: a provider's name; how a provider's messages read (enrichers do that); sockets.
Start reading at: hooks.py, then receiving.py.
"""
