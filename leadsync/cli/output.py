"""What is printed, and where: data on stdout, talk on stderr.

Tables are drawn on a terminal only (or where COLUMNS says how wide); a pipe gets tab-separated
lines of whole cells. `--json` gives JSON. Cells are data: nothing in them steers a terminal.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from leadsync.cli.progress_bar import ProgressBar
from leadsync.cli.table import Heading, draw_table
from leadsync.core.values import show
from leadsync.core.visible_text import visible, visible_json

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence

    from leadsync.core.errors import LeadSyncError


class Output:
    """The two streams of one command.

    Attributes:
        json: data is printed as JSON.
        quiet: no talk but warnings and errors.
    """

    def __init__(self, *, as_json: bool = False, quiet: bool = False) -> None:
        """Remember what the user asked for."""
        self.json = as_json
        self.quiet = quiet

    @property
    def is_terminal(self) -> bool:
        """Whether a person reads stdout."""
        return sys.stdout.isatty()

    @property
    def _has_color(self) -> bool:
        environment = os.environ  # noqa: TID251 - conventions of terminals, not settings of ours
        return (
            self.is_terminal
            and not environment.get("NO_COLOR")
            and (environment.get("TERM") != "dumb")
        )

    @property
    def can_ask(self) -> bool:
        """Whether a person reads the talk and can answer."""
        return sys.stdin.isatty() and sys.stderr.isatty()

    # data --------------------------------------------------------------------------------
    def doc(self, doc: Any) -> None:
        """One JSON document on one line."""
        print(visible_json(json.dumps(doc, ensure_ascii=False, default=str)))

    def docs(self, docs: Iterable[Any]) -> None:
        """A JSON array, streamed: one document a line."""
        first = True
        for doc in docs:
            text = visible_json(json.dumps(doc, ensure_ascii=False, default=str))
            print("[" if first else ",", text, sep="\n" if not first else "", end="")
            first = False
        print("[]" if first else "\n]")

    def line(self, text: str = "") -> None:
        """A line of plain data; line breaks in it stay."""
        print(visible(text, keep_lines=True))

    def raw(self, text: str) -> None:
        """Text of ours that is meant for a file, as it is."""
        sys.stdout.write(text)

    def table(self, headings: Sequence[str | Heading], rows: Iterable[Sequence[Any]]) -> None:
        """Rows under their headings: a table on a terminal, tab-separated lines elsewhere."""
        heads = [h if isinstance(h, Heading) else Heading(h) for h in headings]
        if self.is_terminal or os.environ.get("COLUMNS"):  # noqa: TID251 - the width of stdout
            self._draw(heads, rows)
            return
        print("\t".join(h.text for h in heads))
        for row in rows:
            print("\t".join(visible(show(cell)) for cell in row))

    def _draw(self, heads: Sequence[Heading], rows: Iterable[Sequence[Any]]) -> None:
        width = shutil.get_terminal_size().columns  # COLUMNS goes before the terminal's own
        ascii_only = not (sys.stdout.encoding or "").lower().startswith("utf")
        for number, line in enumerate(draw_table(heads, rows, width, ascii_only=ascii_only)):
            print(f"\x1b[1m{line}\x1b[0m" if number == 0 and self._has_color else line)

    def done(self, doc: Any, sentence: str) -> None:
        """What was done: a document with `--json`, and a sentence of talk."""
        if self.json:
            self.doc(doc)
        self.say(sentence)

    # talk --------------------------------------------------------------------------------
    def say(self, text: str) -> None:
        """A sentence about what happens; silent with `--quiet`. The data before it is out by then."""
        sys.stdout.flush()
        if not self.quiet:
            print_talk(text)

    def warn(self, text: str) -> None:
        """A sentence that somebody should read, also with `--quiet`."""
        print_talk(f"warning: {text}")

    def confirm(self, question: str) -> bool:
        """Ask on the terminal; Enter means no, which is told. Call it only where `can_ask`."""
        print(f"{visible(question)} [y/N] ", end="", file=sys.stderr, flush=True)
        agreed = sys.stdin.readline().strip().casefold() in ("y", "yes")
        if not agreed:
            self.say("nothing was changed")
        return agreed

    def ask(self, question: str, default: str = "") -> str:
        """Ask for a line of text on the terminal; Enter takes the default."""
        hint = f" [{visible(default)}]" if default else ""
        print(f"{visible(question)}{hint}: ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            raise KeyboardInterrupt  # the input ended: nothing more will be answered
        return line.strip() or default

    @contextmanager
    def progress(self, label: str) -> Generator[Callable[[int, int], None] | None]:
        """A bar on stderr for long work, drawn on a terminal only; call it with (done, total)."""
        if self.quiet or not sys.stderr.isatty():
            yield None
            return
        bar = ProgressBar(visible(label))
        try:
            yield bar.update
        finally:
            bar.close()


def print_error(error: LeadSyncError) -> None:
    """An error as one sentence and what to do now, on stderr."""
    print_talk(f"error: {error.message}")
    if error.next_step:
        print_talk(f"  next: {error.next_step}")


def print_talk(text: str) -> None:
    """A line on stderr."""
    print(visible(text, keep_lines=True), file=sys.stderr)
