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
    & > .grid--marked { background: $background; color: $text-warning; text-style: bold; }
    & > .grid--selected { background: $primary-muted; color: $foreground; }
    & > .grid--cursor { background: $primary; color: $background; text-style: bold; }
    & > .grid--gutter { background: $background; color: $foreground-muted; }
    & > .grid--dim { background: $background; color: $foreground-muted; }
    & > .grid--edge { background: $background; color: $foreground-muted; }
    & > .grid--header { background: $panel; color: $foreground; text-style: bold; }
    & > .grid--key-header { background: $panel; color: $text-accent; text-style: bold underline; }
    & > .grid--queued { color: $foreground-muted; }
    & > .grid--running { color: $text-accent; text-style: bold; }
    & > .grid--waiting { color: $text-accent; }
    & > .grid--no-match { color: $foreground-muted; }
    & > .grid--error { color: $text-error; text-style: bold; }
    & > .grid--stale { color: $text-warning; }
    & > .grid--held { color: $text-warning; text-style: bold; }
    & > .grid--locked { color: $text-success; }
    &:light {
        & > .grid--marked { background: $warning-muted; color: $foreground; }
        & > .grid--key-header, & > .grid--running, & > .grid--waiting { color: $primary; }
        & > .grid--error { color: $error-darken-3; }
    }
    &:ansi > .grid--marked { background: ansi_default; color: $warning; }
    &:ansi > .grid--cursor {
        background: ansi_default; color: ansi_default; text-style: bold reverse;
    }
    &:ansi > .grid--selected { background: ansi_default; color: ansi_blue; text-style: reverse; }
    &:ansi:dark > .grid--selected { color: ansi_cyan; }
}
LeadGrid:focus { background-tint: transparent; }
"""
