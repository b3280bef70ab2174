"""`python -m leadsync` is `leadsync`."""

from leadsync.cli.main import main

main()
