"""What an AI client may ask of a workspace: bounded answers, and runs within one cap.

Owns: what is read for it and how much of it, the cap over all runs of one server.
May import: core.workspace, core.query, core.engine, core.provenance.
Never: speaks a protocol (cli.mcp_server does), edits a lead, sees a key.
Start reading at: reading.py.
"""
