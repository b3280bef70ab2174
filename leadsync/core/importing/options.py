"""What the user asked of an import."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from leadsync.core.importing.merge import MergePolicy, OnDuplicate
from leadsync.core.models import DEFAULT_CAMPAIGN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class MatchScope(StrEnum):
    """Where a row's lead is looked for."""

    CAMPAIGN = "campaign"
    WORKSPACE = "workspace"


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How one file is imported.

    Attributes:
        campaign: where new leads go; made if it is missing.
        on_duplicate: what happens to a lead that is there already.
        keep: field keys that are never overwritten.
        overwrite: field keys that a non-blank cell of the file always wins.
        force: cells that a person wrote may be overwritten, too.
        match: where a row's lead is looked for.
        mapping: header -> field, column, or `+` for a column of its own, from the user.
        ignore: headers that are left out.
        proposed: headers that become what the file says, whatever was remembered of them.
        sheet: which sheet of a workbook.
        tags: every lead of the file gets them.
        source: every lead without a source gets it.
        rejects: where rejected rows go; beside the file by default.
        dry_run: do everything, then take it back.
        remember: use and keep the user's mapping for files with the same headers.
        name: what messages call a stream.
        writes_rejects: rejected rows go to a file, which is where no other is named beside the
            source, or in the working folder.
    """

    campaign: str = DEFAULT_CAMPAIGN
    on_duplicate: OnDuplicate = OnDuplicate.FILL
    keep: frozenset[str] = field(default_factory=frozenset[str])
    overwrite: frozenset[str] = field(default_factory=frozenset[str])
    force: bool = False
    match: MatchScope = MatchScope.CAMPAIGN
    mapping: Mapping[str, str] = field(default_factory=dict[str, str])
    ignore: tuple[str, ...] = ()
    proposed: tuple[str, ...] = ()
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    tags: tuple[str, ...] = ()
    source: str | None = None
    rejects: Path | None = None
    dry_run: bool = False
    remember: bool = True
    name: str | None = None
    writes_rejects: bool = True

    @property
    def policy(self) -> MergePolicy:
        """How a row and the lead it belongs to become one."""
        return MergePolicy(self.on_duplicate, self.keep, self.overwrite, self.force)
