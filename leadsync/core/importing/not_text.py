"""Files that hold no table of leads: pictures, documents, programs, told by their first bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadsync.core.errors import InputError

if TYPE_CHECKING:
    from leadsync.core.importing.decode import Decoding

_DATABASE = "an SQLite database"
_DUMP = "a dump of LeadSync"
_MAGICS = (
    (b'["counters", {', _DUMP),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"SQLite format 3", _DATABASE),
    (b"PAR1", "a Parquet file"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"{\\rtf", "an RTF document"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
)
_CONTROLS = bytes(set(range(32)) - {9, 10, 11, 12, 13, 27, 0})


def check_is_text(name: str, head: bytes, decoding: Decoding) -> None:
    """Refuse a file by its first bytes.

    Args:
        name: what messages call it.
        head: its first bytes.
        decoding: how its text would be read.

    Raises:
        InputError: it is something else than text; says what.
    """
    kind = next((what for magic, what in _MAGICS if head.startswith(magic)), None)
    start = head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if kind is None and start.startswith((b"<!doctype", b"<html", b"<?xml", b"<table", b"<meta")):
        kind = "a web page or XML document"
    if kind is None and not decoding.codec.startswith(("utf-16", "utf-32")):
        controls = len(head) - len(head.translate(None, _CONTROLS))
        most = 0.3 if decoding.encoding == "utf-8" else 0.05  # bytes of a program are no UTF-8
        if controls > most * len(head) or head.count(0) * 4 > len(head):
            kind = "not text"
    if kind:
        elsewhere = {
            _DATABASE: "a backup of LeadSync goes back with leadsync restore FILE",
            _DUMP: "a new store is filled from it: leadsync load FILE",
        }
        advice = elsewhere.get(kind, "open it in a spreadsheet, save it as CSV, and import that")
        raise InputError(f'"{name}" is {kind}, not a table of leads', next_step=advice)
