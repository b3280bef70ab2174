"""The fragments of columns that the page about HTTP columns shows, as they stand there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from leadsync.enrichers.http import Http
from leadsync.enrichers.http_config import HttpConfig

PAGE = Path(__file__).parents[2] / "docs" / "http_columns.md"
FRAGMENTS = re.findall(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize(
    "name", ["outputs =", "batch_size =", 'mode = "poll"', 'mode = "callback"']
)
def test_a_fragment_is_a_column_beside_what_it_leaves_out(name: str) -> None:
    (fragment,) = [text for text in FRAGMENTS if name in text]
    given = {"url": "https://api.crm.example/v1/people", **tomllib.loads(fragment)}
    Http().describe(HttpConfig.model_validate(given), {"email"})
