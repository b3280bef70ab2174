"""Installing the test package for the length of a test, as a folder on the path."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent


@contextmanager
def kind_echo() -> Iterator[None]:
    """The kind `echo` is there, as if somebody had installed its package."""
    sys.path.append(str(FOLDER))
    try:
        yield
    finally:
        sys.path.remove(str(FOLDER))
