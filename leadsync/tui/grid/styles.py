"""Names and colours of everything that the grid paints; colours come from the theme."""

from __future__ import annotations

from leadsync.tui.grid.fields import STATE_GLYPHS

OWN_STYLES = (
    "cell", "cursor", "line", "selected", "marked", "gutter", "header", "key_header", "dim", "edge",
)  # fmt: skip
STYLES = (*OWN_STYLES, *STATE_GLYPHS)

CSS = """
LeadGrid {
    height: 1fr;
    background: $background;
    color: $foreground;
    scrollbar-size-horizontal: 0;
    & > .grid--cell { background: $background; color: $foreground; }
    & > .grid--line { background: $surface; color: $foreground; }
    & > .grid--marked { background: $background; color: $warning; text-style: bold; }
    & > .grid--selected { background: $primary-muted; color: $foreground; }
    & > .grid--cursor { background: $primary; color: $background; text-style: bold; }
    & > .grid--gutter { background: $background; color: $foreground-muted; }
    & > .grid--dim { background: $background; color: $foreground-muted; }
    & > .grid--edge { background: $background; color: $foreground-muted; }
    & > .grid--header { background: $panel; color: $foreground; text-style: bold; }
    & > .grid--key-header { background: $panel; color: $accent; text-style: bold underline; }
    & > .grid--queued { color: $foreground-muted; }
    & > .grid--running { color: $accent; text-style: bold; }
    & > .grid--waiting { color: $accent; }
    & > .grid--no-match { color: $foreground-muted; }
    & > .grid--error { color: $error; text-style: bold; }
    & > .grid--stale { color: $warning; }
    & > .grid--held { color: $warning; text-style: bold; }
    & > .grid--locked { color: $success; }
}
LeadGrid:focus { background-tint: transparent; }
"""
