"""What the user should look at after an import, one sentence each."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadsync.core.importing.opened_file import LeadFile
    from leadsync.core.importing.report import ImportReport

LINES_NAMED = 5


def warnings_of(file: LeadFile, report: ImportReport, unconverted: Mapping[str, int]) -> list[str]:
    """The sentences about how the file was read, and about what became of its rows.

    Args:
        file: read to its end.
        report: the counts of the import.
        unconverted: column -> cells that do not fit its type.
    """
    return [*file.report.notes, *_of_reading(file), *_of_rows(report), *_of_cells(unconverted)]


def warnings_of_trash(report: ImportReport, example: tuple[int, int]) -> list[str]:
    """The sentence about leads that are in the trash as well.

    Args:
        report: says how many, and whether they are there at all.
        example: the new id of one, and its old one.
    """
    if not report.in_trash:
        return []
    verb = "is" if report.in_trash == 1 else "are"
    sentence = f"{_some(report.in_trash, 'lead')} made anew {verb} in the trash as well"
    if report.dry_run:
        return [sentence]
    new, old = example
    how = f"leadsync leads merge {new} {old}"
    which = "it from the old one" if report.in_trash == 1 else "each from its old one, as"
    return [f"{sentence}; to fill {which}: {how}"]


def _of_reading(file: LeadFile) -> list[str]:
    found = file.report
    sentences: list[str] = []
    if found.blank_records:
        sentences.append(f"{_some(found.blank_records, 'blank record')} left out")
    if found.ragged_rows:
        sentences.append(
            f"{_some(found.ragged_rows, 'row')} with cells beyond the header;"
            ' they are in the column "_extra"'
        )
    if found.nul_bytes:
        sentences.append(f"{_some(found.nul_bytes, 'NUL byte')} removed")
    if found.repaired_quotes:
        lines = ", ".join(map(str, found.repaired_quotes[:LINES_NAMED]))
        more = ", …" if len(found.repaired_quotes) > LINES_NAMED else ""
        what = _some(len(found.repaired_quotes), "stray quote")
        sentences.append(f"{what} taken literally: line {lines}{more}")
    return sentences


def _of_rows(report: ImportReport) -> list[str]:
    sentences: list[str] = []
    if report.suppressed:
        sentences.append(f"{_some(report.suppressed, 'row')} skipped: on the suppression list")
    if report.erased:
        whom = "this person was" if report.erased == 1 else "these people were"
        sentences.append(f"{_some(report.erased, 'row')} refused: {whom} erased")
    if report.possible_duplicates:
        sentences.append(
            f"possible duplicates: {report.possible_duplicates}, see leadsync leads dupes"
        )
    return sentences


def _of_cells(unconverted: Mapping[str, int]) -> list[str]:
    return [
        f'{_some(count, "cell")} of "{key}" {"does" if count == 1 else "do"} not fit its type:'
        f" {'stays' if count == 1 else 'stay'} text"
        for key, count in unconverted.items()
    ]


def _some(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
