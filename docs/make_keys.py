"""Write docs/keys.md from the table of actions: `python docs/make_keys.py`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from leadsync.tui.action_table import by_group, shown_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).with_name("keys.md")


def page() -> str:
    """The page, as it should be."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Keys of the grid"
    yield ""
    yield "Made from the table of actions by `docs/make_keys.py`; `?` in the grid shows the same."
    for heading, actions in by_group():
        yield ""
        yield f"## {heading}"
        yield ""
        yield "| keys | what they do | id |"
        yield "|---|---|---|"
        for action in actions:
            keys = " or ".join(f"`` {_escaped(shown_keys(k))} ``" for k in action.keys)
            yield f"| {keys or 'in the palette'} | {action.title} | `{action.id}` |"


def _escaped(keys: str) -> str:
    return keys.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
