"""`leadsync doctor`: is everything fit to work."""

from __future__ import annotations

import locale
import os
import shutil
import sys
from typing import TYPE_CHECKING

import typer

from leadsync.cli.commands import Commands, invocation
from leadsync.core.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadsync.core.health import Finding

app = Commands()


@app.command()
def doctor(
    ctx: typer.Context,
    offline: bool = typer.Option(False, "--offline", help="Ask no provider about its key."),
) -> None:
    """Check the store, keys, terminal and clock

    Providers whose key is set are asked about it, which costs nothing; else nothing is sent.
    Ends with 7 when the store cannot be used, with 3 when something else is wrong.

    \b
      leadsync doctor
      leadsync doctor --offline
    """
    from leadsync.core.health import Verdict, check_health

    call = invocation(ctx)
    found = [*check_health(call.settled_config(), asks_providers=not offline), *_terminal()]
    if call.out.json:
        call.out.docs({"check": f.check, "verdict": f.verdict, "detail": f.detail} for f in found)
    else:
        call.out.table(["", "check", "detail"], ((f.verdict, f.check, f.detail) for f in found))
    failed = [f.check for f in found if f.verdict is Verdict.FAIL]
    if failed:
        is_store = any(check.startswith("store") for check in failed)
        raise typer.Exit(Exit.STORE if is_store else Exit.PARTLY)


def _terminal() -> Iterator[Finding]:
    from leadsync.core.health import Finding, Verdict

    if not sys.stdout.isatty():
        yield Finding("terminal", Verdict.OK, "none: no colours, no bars, no questions")
        return
    size = shutil.get_terminal_size()
    name = os.environ.get("TERM", "")  # noqa: TID251 - what the terminal says of itself
    encoding = sys.stdout.encoding or locale.getpreferredencoding()
    detail = f"{name} {size.columns}x{size.lines}, {encoding}"
    fit = encoding.lower().startswith("utf")
    advice = "" if fit else "; set LANG to a UTF-8 locale, or wide letters are shown as escapes"
    yield Finding("terminal", Verdict.OK if fit else Verdict.WARN, detail + advice)
