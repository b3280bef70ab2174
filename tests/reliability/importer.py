"""Imports a file and kills itself, without a warning, some time after the import began.

    python -m tests.reliability.importer URL FILE SECONDS

prints "done" when it was told that the import is stored.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from leadsync.core.importing.importer import import_file
from leadsync.core.importing.options import ImportOptions
from tests.reliability.crasher import die
from tests.reliability.many_writers import open_url


def main(url: str, file: str, seconds: str) -> None:
    store = open_url(url)
    timer = threading.Timer(float(seconds), die)
    timer.daemon = True
    timer.start()
    import_file(store, Path(file), ImportOptions(campaign="Q4"), actor="ada")
    print("done", flush=True)
    timer.cancel()
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
