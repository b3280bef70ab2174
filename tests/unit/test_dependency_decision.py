"""docs/decisions/0001-dependencies.md speaks of what is really depended on."""

from __future__ import annotations

import re
import tomllib

from tests.conftest import ROOT


def test_each_dependency_has_its_line_and_no_other() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = [re.split("[<>=~!\\[ ]", line)[0] for line in project["dependencies"]]
    page = (ROOT / "docs" / "decisions" / "0001-dependencies.md").read_text()
    assert re.findall(r"^\| `(.*?)` \|", page, re.MULTILINE) == sorted(names)
