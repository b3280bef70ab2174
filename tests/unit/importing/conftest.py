"""Lead files made on the spot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from leadsync.core.importing.opened_file import LeadFile
from leadsync.core.importing.reader import open_lead_file

OpenBytes = Callable[..., LeadFile]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[OpenBytes]:
    """Opens bytes as a file named "leads"."""
    with ExitStack() as stack:

        def open_bytes(content: bytes, **options: Any) -> LeadFile:
            path = tmp_path / "leads"
            path.write_bytes(content)
            return stack.enter_context(open_lead_file(path, **options))

        yield open_bytes
