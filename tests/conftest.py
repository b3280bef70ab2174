"""What every suite shares: the path to the repository, and the sample files."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))


@pytest.fixture
def lead_files() -> Path:
    """The folder of small lead files under real tools' headers."""
    return ROOT / "tests" / "data" / "lead_files"
