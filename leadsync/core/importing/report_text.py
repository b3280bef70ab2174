"""The report of an import for people, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.wording import plural

if TYPE_CHECKING:
    from leadsync.core.importing.report import ImportReport

COUNTS = ("created", "updated", "unchanged", "skipped", "rejected", "conflicts")


def head_line(report: ImportReport) -> str:
    """How many rows a file has, and where they go."""
    end = ", nothing kept (dry run)" if report.dry_run else f' into campaign "{report.campaign}"'
    return f"{report.file}: {plural(report.rows, 'row')}{end}"


def count_lines(report: ImportReport) -> list[str]:
    """What became of the rows, a line a kind."""
    counts = [(getattr(report, word), word) for word in COUNTS]
    return [f"  {count:>9,} {word}" for count, word in counts if count]


def short_counts(report: ImportReport) -> str:
    """What became of the rows, in one line: `2 created, 1 rejected`."""
    counts = [(getattr(report, word), word) for word in COUNTS]
    return ", ".join(f"{count:,} {word}" for count, word in counts if count)
