"""What an import did: the account of every row, and what the user should look at."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadsync.core.models import Doc


@dataclass(slots=True)
class ImportReport:
    """The end of an import; `to_doc` gives its JSON in this order.

    `rows = created + updated + unchanged + skipped + rejected + conflicts`, always.

    Attributes:
        file: what the file is called.
        header_line: where its header stands, 1-based; 0 for none.
        mapping: header -> field or key of the column; None is left out.
        rows: records that are not blank.
        unchanged: rows that wrote nothing.
        skipped: rows whose lead was there already (`skip`), or is suppressed.
        rejected: rows that are no lead.
        conflicts: rows that belong to two different leads.
        rejects_file: where rejected and conflicting rows were written; None without any.
        unit: what `leadsync undo` takes back; None where nothing was written.
        warnings: one sentence each.
        suppressed: how many of the skipped rows are on the suppression list.
        erased: how many of the skipped rows are about people who were erased.
        possible_duplicates: new leads that differ from another only by a +tag or Gmail's dots.
        in_trash: new leads that are in the trash as well.
        new_columns: keys of the columns that were made.
        dry_run: nothing of this was kept.
    """

    file: str
    encoding: str
    delimiter: str | None
    header_line: int
    mapping: dict[str, str | None] = field(default_factory=dict[str, str | None])
    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    rejected: int = 0
    conflicts: int = 0
    rejects_file: str | None = None
    campaign: str = ""
    unit: int | None = None
    warnings: list[str] = field(default_factory=list[str])
    suppressed: int = 0
    possible_duplicates: int = 0
    in_trash: int = 0
    new_columns: list[str] = field(default_factory=list[str])
    dry_run: bool = False
    erased: int = 0

    @property
    def accounted(self) -> int:
        """Rows by what became of them; equals `rows`."""
        return (
            self.created + self.updated + self.unchanged
            + self.skipped + self.rejected + self.conflicts
        )  # fmt: skip

    def to_doc(self) -> Doc:
        """The report as JSON, under the names of its attributes."""
        return asdict(self)
