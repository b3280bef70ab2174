"""docs/keys.md is what the grid does."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location

from tests.conftest import ROOT


def test_the_page_of_keys_is_made_from_the_table_of_actions() -> None:
    spec = spec_from_file_location("make_keys", ROOT / "docs" / "make_keys.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    shown = (ROOT / "docs" / "keys.md").read_text("utf-8")
    assert shown == module.page(), "python docs/make_keys.py"
