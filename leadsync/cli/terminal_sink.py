"""A binary stream that ends on a terminal: what would steer it is made visible on the way."""

from __future__ import annotations

import codecs
import io
from typing import TYPE_CHECKING, TextIO

from leadsync.core.errors import InputError
from leadsync.core.visible_text import visible

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class TerminalSink(io.RawIOBase):
    """Text goes through; a workbook or Parquet file is refused, for it is no text."""

    def __init__(self, terminal: TextIO) -> None:
        """Take the terminal's text stream."""
        super().__init__()
        self._terminal = terminal
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def writable(self) -> bool:
        """It takes bytes."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Show UTF-8 bytes."""
        raw = bytes(data)
        try:
            text = self._decoder.decode(raw)
        except UnicodeDecodeError as error:
            raise InputError(
                "this format is not text and cannot be shown", next_step="name a file"
            ) from error
        self._terminal.write(visible(text.replace("\r\n", "\n"), keep_lines=True))
        return len(raw)
