"""docs/providers.md lists exactly the operations that are checked against vendors' descriptions."""

from __future__ import annotations

import re

import pytest

from leadsync.core.engine.key_checks import find_provider, provider_names
from tests.conftest import ROOT
from tests.providers import (
    test_apify,
    test_apollo,
    test_clay,
    test_hunter,
    test_hunter_verifier,
    test_instantly,
    test_instantly_push,
    test_openai_specs,
    test_pdl,
)

PAGE = (ROOT / "docs" / "providers.md").read_text("utf-8")
COVERED = {
    "openai": set(test_openai_specs.COVERED),
    "hunter": {*test_hunter.COVERED, *test_hunter_verifier.COVERED},
    "apollo": set(test_apollo.COVERED),
    "pdl": set(test_pdl.COVERED),
    "apify": set(test_apify.COVERED),
    "clay": set(test_clay.COVERED),
    "instantly": {*test_instantly.COVERED, *test_instantly_push.COVERED},
}


@pytest.mark.parametrize("provider", COVERED)
def test_the_operations_of_a_provider_are_those_that_tests_check(provider: str) -> None:
    (section,) = re.findall(rf"^### {provider}\n(.*?)(?=^###|\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert set(re.findall(r"^- `(.*)`$", section, re.MULTILINE)) == COVERED[provider]


def test_every_installed_provider_is_listed_with_its_key() -> None:
    rows = dict(re.findall(r"^\| (\w+) \| `([A-Z_]+)` \|", PAGE, re.MULTILINE))
    assert rows == {name: find_provider(name).secret for name in provider_names()}
